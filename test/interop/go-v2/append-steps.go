package main

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"annals.example/interop/go-harness"
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
	harness.Step("append-1", func() string {
		digest := md5.Sum([]byte(firstPiece))
		last = harness.Must(client.AppendObject(background, &oss.AppendObjectRequest{
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
		harness.Equal(last.NextPosition, int64(len(firstPiece)), "the next position")
		harness.Equal(contentsOf(growingKey), firstPiece, "the contents")
		checkAttributes()
		return ""
	})
	harness.Step("append-2", func() string {
		last = appendText(growingKey, last.NextPosition, secondPiece)
		harness.Equal(last.NextPosition, int64(len(firstPiece+secondPiece)), "the next position")
		harness.Equal(contentsOf(growingKey), firstPiece+secondPiece, "the contents")
		return ""
	})
	harness.Step("append-3", func() string {
		last = harness.Must(client.AppendObject(background, &oss.AppendObjectRequest{
			Bucket:        bucket,
			Key:           oss.Ptr(growingKey),
			Position:      oss.Ptr(last.NextPosition),
			InitHashCRC64: last.HashCRC64,
			Body:          reader(thirdPiece),
		}))
		whole := firstPiece + secondPiece + thirdPiece
		harness.Equal(contentsOf(growingKey), whole, "the contents")
		harness.Equal(oss.ToString(last.HashCRC64), fmt.Sprint(harness.Crc64([]byte(whole))), "the CRC-64")
		checkAttributes()
		return ""
	})
	harness.Step("append-sse", func() string {
		harness.Must(client.AppendObject(background, &oss.AppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("encrypted"), Position: oss.Ptr(int64(0)),
			ServerSideEncryption: oss.Ptr("AES256"), Body: reader(firstPiece),
		}))
		appendText("encrypted", int64(len(firstPiece)), secondPiece)
		harness.Equal(oss.ToString(head("encrypted").ServerSideEncryption), "AES256", "the encryption")
		harness.Equal(contentsOf("encrypted"), firstPiece+secondPiece, "the contents")
		return ""
	})
	harness.Step("append-tagging", func() string {
		harness.Must(client.AppendObject(background, &oss.AppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("tagged"), Position: oss.Ptr(int64(0)),
			Tagging: oss.Ptr("site=north%20gate&kind=log"), Body: reader(firstPiece),
		}))
		tags := tagsOf("tagged")
		harness.Equal(len(tags), 2, "the number of tags")
		harness.Equal(tags["site"], "north gate", "a tag")
		return ""
	})
	harness.Step("append-wrong-position", func() string {
		for _, position := range []int64{0, last.NextPosition - 1, last.NextPosition + 1} {
			_, err := client.AppendObject(background, &oss.AppendObjectRequest{
				Bucket: bucket, Key: oss.Ptr(growingKey), Position: oss.Ptr(position), Body: reader("lost"),
			})
			failure := refused(err, "PositionNotEqualToLength")
			harness.Equal(failure.StatusCode, 409, "the status")
			next := failure.Headers.Get("x-oss-next-append-position")
			harness.Equal(next, fmt.Sprint(last.NextPosition), "the next position in the error")
		}
		harness.Equal(contentsOf(growingKey), firstPiece+secondPiece+thirdPiece, "the contents")
		return ""
	})
	harness.Step("append-empty", func() string {
		result := appendText("empty", 0, "")
		harness.Equal(result.NextPosition, int64(0), "the next position")
		harness.Equal(oss.ToString(head("empty").ObjectType), "Appendable", "the type")
		appendText("empty", 0, firstPiece)
		before := head("empty")
		harness.Equal(appendText("empty", int64(len(firstPiece)), "").NextPosition, int64(len(firstPiece)), "the next position")
		harness.Equal(oss.ToString(head("empty").ETag), oss.ToString(before.ETag), "the ETag")
		return ""
	})
	harness.Step("append-64mib", func() string {
		body := harness.Pattern(64 << 20)
		var transferred int64
		result := harness.Must(client.AppendObject(background, &oss.AppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("large"), Position: oss.Ptr(int64(0)), Body: bytes.NewReader(body),
			InitHashCRC64: oss.Ptr("0"),
			ProgressFn:    func(_, reached, _ int64) { transferred = reached },
		}))
		harness.Equal(transferred, int64(len(body)), "the progress")
		harness.Equal(result.NextPosition, int64(len(body)), "the next position")
		harness.Equal(oss.ToString(result.HashCRC64), fmt.Sprint(harness.Crc64(body)), "the CRC-64")
		harness.Equal(head("large").ContentLength, int64(len(body)), "the length")
		harness.True(contentsOf("large") == string(body), "the contents are what was sent")
		return ""
	})
	harness.Step("append-file", appendFile)
}

// checkAttributes compares what the first append set with what the object has.
func checkAttributes() {
	answer := head(growingKey)
	harness.Equal(answer.Metadata["source"], "camera 7", "the metadata")
	harness.Equal(oss.ToString(answer.StorageClass), "IA", "the storage class")
	harness.Equal(oss.ToString(answer.ContentType), "text/x-log", "the content type")
	acl := harness.Must(client.GetObjectAcl(background, &oss.GetObjectAclRequest{Bucket: bucket, Key: oss.Ptr(growingKey)}))
	harness.Equal(oss.ToString(acl.ACL), "public-read", "the ACL")
}

// appendFile writes through the SDK's file-like writer, twice: the second time it finds the end by itself.
func appendFile() string {
	for range 2 {
		file := harness.Must(client.AppendFile(background, *bucket, "append-file"))
		harness.Must(file.Write([]byte(firstPiece)))
		harness.Must(file.WriteFrom(reader(secondPiece)))
		harness.NoError(file.Close())
	}
	harness.Equal(contentsOf("append-file"), strings.Repeat(firstPiece+secondPiece, 2), "the contents")
	return ""
}

func runTypeSteps() {
	harness.Step("append-to-normal", func() string {
		putText("normal", firstPiece)
		for _, position := range []int64{0, int64(len(firstPiece))} {
			_, err := client.AppendObject(background, &oss.AppendObjectRequest{
				Bucket: bucket, Key: oss.Ptr("normal"), Position: oss.Ptr(position), Body: reader("lost"),
			})
			refused(err, "ObjectNotAppendable")
		}
		harness.Equal(contentsOf("normal"), firstPiece, "the contents")
		return ""
	})
	harness.Step("seal", func() string {
		end := appendText("sealed", 0, firstPiece).NextPosition
		_, err := client.SealAppendObject(background, &oss.SealAppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("sealed"), Position: oss.Ptr(end - 1),
		})
		refused(err, "PositionNotEqualToLength")
		seal := &oss.SealAppendObjectRequest{Bucket: bucket, Key: oss.Ptr("sealed"), Position: oss.Ptr(end)}
		sealed := harness.Must(client.SealAppendObject(background, seal))
		harness.True(oss.ToString(sealed.SealedTime) != "", "the time of the seal is told")
		again := harness.Must(client.SealAppendObject(background, seal))
		harness.Equal(oss.ToString(again.SealedTime), oss.ToString(sealed.SealedTime), "the time of the second seal")
		_, err = client.AppendObject(background, &oss.AppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("sealed"), Position: oss.Ptr(end), Body: reader("lost"),
		})
		refused(err, "AppendSealedObjectNotAllowed")
		harness.Equal(contentsOf("sealed"), firstPiece, "the contents")
		return ""
	})
	harness.Step("overwrite-appendable", func() string {
		before := contentsOf(growingKey)
		_, err := client.PutObject(background, &oss.PutObjectRequest{Bucket: bucket, Key: oss.Ptr(growingKey), Body: reader("lost")})
		refused(err, "FileAlreadyExists")
		harness.Equal(contentsOf(growingKey), before, "the contents")
		return ""
	})
	harness.Step("copy-appendable", func() string {
		_, err := client.CopyObject(background, &oss.CopyObjectRequest{
			Bucket: bucket, Key: oss.Ptr("copy of growing"), SourceKey: oss.Ptr(growingKey),
		})
		refused(err, "OperationNotSupported")
		return ""
	})
}

func tagsOf(key string) map[string]string {
	answer := harness.Must(client.GetObjectTagging(background, &oss.GetObjectTaggingRequest{Bucket: bucket, Key: oss.Ptr(key)}))
	tags := map[string]string{}
	for _, tag := range answer.Tags {
		tags[oss.ToString(tag.Key)] = oss.ToString(tag.Value)
	}
	return tags
}
