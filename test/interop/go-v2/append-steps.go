package main

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"annals.example/interop/contract"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

const (
	growingKey  = "dir/growing log.txt"
	firstPiece  = "first piece\n"
	secondPiece = "second piece\n"
	thirdPiece  = "third piece\n"
)

func reader(text string) io.Reader { return strings.NewReader(text) }

func runAppendSteps() {
	var last *oss.AppendObjectResult
	contract.Step("append-1", func() string {
		digest := md5.Sum([]byte(firstPiece))
		last = contract.Must(client.AppendObject(background, &oss.AppendObjectRequest{
			Bucket:       bucket,
			Key:          oss.Ptr(growingKey),
			Position:     oss.Ptr(int64(0)),
			ContentType:  oss.Ptr("text/x-log"),
			ContentMD5:   oss.Ptr(base64.StdEncoding.EncodeToString(digest[:])),
			Acl:          oss.ObjectACLPublicRead,
			StorageClass: oss.StorageClassIA,
			Metadata:     map[string]string{"source": "camera 7"},
			Body:         reader(firstPiece),
		}))
		contract.Equal(last.NextPosition, int64(len(firstPiece)), "the next position")
		contract.Equal(contentsOf(growingKey), firstPiece, "the contents")
		checkAttributes()
		return ""
	})
	contract.Step("append-2", func() string {
		last = appendText(growingKey, last.NextPosition, secondPiece)
		contract.Equal(last.NextPosition, int64(len(firstPiece+secondPiece)), "the next position")
		contract.Equal(contentsOf(growingKey), firstPiece+secondPiece, "the contents")
		return ""
	})
	contract.Step("append-3", func() string {
		last = contract.Must(client.AppendObject(background, &oss.AppendObjectRequest{
			Bucket:        bucket,
			Key:           oss.Ptr(growingKey),
			Position:      oss.Ptr(last.NextPosition),
			InitHashCRC64: last.HashCRC64,
			Body:          reader(thirdPiece),
		}))
		whole := firstPiece + secondPiece + thirdPiece
		contract.Equal(contentsOf(growingKey), whole, "the contents")
		contract.Equal(oss.ToString(last.HashCRC64), fmt.Sprint(contract.Crc64([]byte(whole))), "the CRC-64")
		checkAttributes()
		return ""
	})
	contract.Step("append-sse", func() string {
		contract.Must(client.AppendObject(background, &oss.AppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("encrypted"), Position: oss.Ptr(int64(0)),
			ServerSideEncryption: oss.Ptr("AES256"), Body: reader(firstPiece),
		}))
		appendText("encrypted", int64(len(firstPiece)), secondPiece)
		contract.Equal(oss.ToString(head("encrypted").ServerSideEncryption), "AES256", "the encryption")
		contract.Equal(contentsOf("encrypted"), firstPiece+secondPiece, "the contents")
		return ""
	})
	contract.Step("append-tagging", func() string {
		contract.Must(client.AppendObject(background, &oss.AppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("tagged"), Position: oss.Ptr(int64(0)),
			Tagging: oss.Ptr("site=north%20gate&kind=log"), Body: reader(firstPiece),
		}))
		tags := tagsOf("tagged")
		contract.Equal(len(tags), 2, "the number of tags")
		contract.Equal(tags["site"], "north gate", "a tag")
		return ""
	})
	contract.Step("append-wrong-position", func() string {
		for _, position := range []int64{0, last.NextPosition - 1, last.NextPosition + 1} {
			_, err := client.AppendObject(background, &oss.AppendObjectRequest{
				Bucket: bucket, Key: oss.Ptr(growingKey), Position: oss.Ptr(position), Body: reader("lost"),
			})
			failure := refused(err, "PositionNotEqualToLength")
			contract.Equal(failure.StatusCode, 409, "the status")
			next := failure.Headers.Get("x-oss-next-append-position")
			contract.Equal(next, fmt.Sprint(last.NextPosition), "the next position in the error")
		}
		contract.Equal(contentsOf(growingKey), firstPiece+secondPiece+thirdPiece, "the contents")
		return ""
	})
	contract.Step("append-empty", func() string {
		result := appendText("empty", 0, "")
		contract.Equal(result.NextPosition, int64(0), "the next position")
		contract.Equal(oss.ToString(head("empty").ObjectType), "Appendable", "the type")
		appendText("empty", 0, firstPiece)
		before := head("empty")
		contract.Equal(appendText("empty", int64(len(firstPiece)), "").NextPosition, int64(len(firstPiece)), "the next position")
		contract.Equal(oss.ToString(head("empty").ETag), oss.ToString(before.ETag), "the ETag")
		return ""
	})
	contract.Step("append-64mib", func() string {
		body := contract.Pattern(64 << 20)
		var transferred int64
		result := contract.Must(client.AppendObject(background, &oss.AppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("large"), Position: oss.Ptr(int64(0)), Body: bytes.NewReader(body),
			InitHashCRC64: oss.Ptr("0"),
			ProgressFn:    func(_, reached, _ int64) { transferred = reached },
		}))
		contract.Equal(transferred, int64(len(body)), "the progress")
		contract.Equal(result.NextPosition, int64(len(body)), "the next position")
		contract.Equal(oss.ToString(result.HashCRC64), fmt.Sprint(contract.Crc64(body)), "the CRC-64")
		contract.Equal(head("large").ContentLength, int64(len(body)), "the length")
		contract.True(contentsOf("large") == string(body), "the contents are what was sent")
		return ""
	})
	contract.Step("append-file", appendFile)
}

// checkAttributes compares what the first append set with what the object has.
func checkAttributes() {
	answer := head(growingKey)
	contract.Equal(answer.Metadata["source"], "camera 7", "the metadata")
	contract.Equal(oss.ToString(answer.StorageClass), "IA", "the storage class")
	contract.Equal(oss.ToString(answer.ContentType), "text/x-log", "the content type")
	acl := contract.Must(client.GetObjectAcl(background, &oss.GetObjectAclRequest{Bucket: bucket, Key: oss.Ptr(growingKey)}))
	contract.Equal(oss.ToString(acl.ACL), "public-read", "the ACL")
}

// appendFile writes through the SDK's file-like writer, twice: the second time it finds the end by itself.
func appendFile() string {
	for range 2 {
		file := contract.Must(client.AppendFile(background, *bucket, "append-file"))
		contract.Must(file.Write([]byte(firstPiece)))
		contract.Must(file.WriteFrom(reader(secondPiece)))
		contract.NoError(file.Close())
	}
	contract.Equal(contentsOf("append-file"), strings.Repeat(firstPiece+secondPiece, 2), "the contents")
	return ""
}

func runTypeSteps() {
	contract.Step("append-to-normal", func() string {
		putText("normal", firstPiece)
		for _, position := range []int64{0, int64(len(firstPiece))} {
			_, err := client.AppendObject(background, &oss.AppendObjectRequest{
				Bucket: bucket, Key: oss.Ptr("normal"), Position: oss.Ptr(position), Body: reader("lost"),
			})
			refused(err, "ObjectNotAppendable")
		}
		contract.Equal(contentsOf("normal"), firstPiece, "the contents")
		return ""
	})
	contract.Step("seal", func() string {
		end := appendText("sealed", 0, firstPiece).NextPosition
		_, err := client.SealAppendObject(background, &oss.SealAppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("sealed"), Position: oss.Ptr(end - 1),
		})
		refused(err, "PositionNotEqualToLength")
		seal := &oss.SealAppendObjectRequest{Bucket: bucket, Key: oss.Ptr("sealed"), Position: oss.Ptr(end)}
		sealed := contract.Must(client.SealAppendObject(background, seal))
		contract.True(oss.ToString(sealed.SealedTime) != "", "the time of the seal is told")
		again := contract.Must(client.SealAppendObject(background, seal))
		contract.Equal(oss.ToString(again.SealedTime), oss.ToString(sealed.SealedTime), "the time of the second seal")
		_, err = client.AppendObject(background, &oss.AppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("sealed"), Position: oss.Ptr(end), Body: reader("lost"),
		})
		refused(err, "AppendSealedObjectNotAllowed")
		contract.Equal(contentsOf("sealed"), firstPiece, "the contents")
		return ""
	})
	contract.Step("overwrite-appendable", func() string {
		before := contentsOf(growingKey)
		_, err := client.PutObject(background, &oss.PutObjectRequest{Bucket: bucket, Key: oss.Ptr(growingKey), Body: reader("lost")})
		refused(err, "FileAlreadyExists")
		contract.Equal(contentsOf(growingKey), before, "the contents")
		return ""
	})
	contract.Step("copy-appendable", func() string {
		_, err := client.CopyObject(background, &oss.CopyObjectRequest{
			Bucket: bucket, Key: oss.Ptr("copy of growing"), SourceKey: oss.Ptr(growingKey),
		})
		refused(err, "OperationNotSupported")
		return ""
	})
}

func tagsOf(key string) map[string]string {
	answer := contract.Must(client.GetObjectTagging(background, &oss.GetObjectTaggingRequest{Bucket: bucket, Key: oss.Ptr(key)}))
	tags := map[string]string{}
	for _, tag := range answer.Tags {
		tags[oss.ToString(tag.Key)] = oss.ToString(tag.Value)
	}
	return tags
}
