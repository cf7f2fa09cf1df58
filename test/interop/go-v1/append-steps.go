package main

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"fmt"

	"annals.example/interop/contract"
	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

// furthestProgress remembers how far a transfer came.
type furthestProgress struct{ consumedBytes int64 }

func (progress *furthestProgress) ProgressChanged(event *oss.ProgressEvent) {
	progress.consumedBytes = event.ConsumedBytes
}

func runAppendSteps() {
	next := int64(0)
	contract.Step("append-1", func() string {
		digest := md5.Sum([]byte(firstPiece))
		next = contract.Must(bucket.AppendObject(growingKey, reader(firstPiece), 0,
			oss.ContentType("text/x-log"),
			oss.ContentMD5(base64.StdEncoding.EncodeToString(digest[:])),
			oss.ObjectACL(oss.ACLPublicRead),
			oss.ObjectStorageClass(oss.StorageIA),
			oss.Meta("source", "camera 7"),
		))
		contract.Equal(next, int64(len(firstPiece)), "the next position")
		contract.Equal(contentsOf(growingKey), firstPiece, "the contents")
		checkAttributes()
		return ""
	})
	crc := uint64(0)
	contract.Step("append-2", func() string {
		result := contract.Must(bucket.DoAppendObject(&oss.AppendObjectRequest{
			ObjectKey: growingKey, Reader: reader(secondPiece), Position: next,
		}, nil))
		next, crc = result.NextPosition, result.CRC
		contract.Equal(next, int64(len(firstPiece+secondPiece)), "the next position")
		contract.Equal(contentsOf(growingKey), firstPiece+secondPiece, "the contents")
		return ""
	})
	contract.Step("append-3", func() string {
		// With the CRC-64 of what is there the SDK checks that of the whole.
		next = contract.Must(bucket.AppendObject(growingKey, reader(thirdPiece), next, oss.InitCRC(crc)))
		whole := firstPiece + secondPiece + thirdPiece
		contract.Equal(contentsOf(growingKey), whole, "the contents")
		contract.Equal(head(growingKey).Get(oss.HTTPHeaderOssCRC64), fmt.Sprint(contract.Crc64([]byte(whole))), "the CRC-64")
		checkAttributes()
		return ""
	})
	contract.Step("append-sse", func() string {
		contract.Must(bucket.AppendObject("encrypted", reader(firstPiece), 0, oss.ServerSideEncryption("AES256")))
		contract.Must(bucket.AppendObject("encrypted", reader(secondPiece), int64(len(firstPiece))))
		contract.Equal(head("encrypted").Get(oss.HTTPHeaderOssServerSideEncryption), "AES256", "the encryption")
		contract.Equal(contentsOf("encrypted"), firstPiece+secondPiece, "the contents")
		return ""
	})
	contract.Step("append-tagging", func() string {
		contract.Must(bucket.AppendObject("tagged", reader(firstPiece), 0, oss.SetTagging(oss.Tagging{
			Tags: []oss.Tag{{Key: "site", Value: "north gate"}, {Key: "kind", Value: "log"}},
		})))
		tags := tagsOf("tagged")
		contract.Equal(len(tags), 2, "the number of tags")
		contract.Equal(tags["site"], "north gate", "a tag")
		return ""
	})
	contract.Step("append-wrong-position", func() string {
		for _, position := range []int64{0, next - 1, next + 1} {
			_, err := bucket.AppendObject(growingKey, reader("lost"), position)
			contract.Equal(refused(err, "PositionNotEqualToLength").StatusCode, 409, "the status")
		}
		contract.Equal(head(growingKey).Get(oss.HTTPHeaderOssNextAppendPosition), fmt.Sprint(next), "the next position by HEAD")
		contract.Equal(contentsOf(growingKey), firstPiece+secondPiece+thirdPiece, "the contents")
		return "note: the SDK's error has no headers; HEAD tells the next position"
	})
	contract.Step("append-empty", func() string {
		contract.Equal(contract.Must(bucket.AppendObject("empty", reader(""), 0)), int64(0), "the next position")
		contract.Equal(head("empty").Get("x-oss-object-type"), "Appendable", "the type")
		end := contract.Must(bucket.AppendObject("empty", reader(firstPiece), 0))
		before := head("empty").Get("ETag")
		contract.Equal(contract.Must(bucket.AppendObject("empty", reader(""), end)), end, "the next position")
		contract.Equal(head("empty").Get("ETag"), before, "the ETag")
		return ""
	})
	contract.Step("append-64mib", func() string {
		body, progress := contract.Pattern(64<<20), &furthestProgress{}
		end := contract.Must(bucket.AppendObject("large", bytes.NewReader(body), 0, oss.InitCRC(0), oss.Progress(progress)))
		contract.Equal(progress.consumedBytes, int64(len(body)), "the progress")
		contract.Equal(end, int64(len(body)), "the next position")
		answer := head("large")
		contract.Equal(answer.Get("Content-Length"), fmt.Sprint(len(body)), "the length")
		contract.Equal(answer.Get(oss.HTTPHeaderOssCRC64), fmt.Sprint(contract.Crc64(body)), "the CRC-64")
		contract.True(contentsOf("large") == string(body), "the contents are what was sent")
		return ""
	})
}

// checkAttributes compares what the first append set with what the object has.
func checkAttributes() {
	answer := head(growingKey)
	contract.Equal(answer.Get("x-oss-meta-source"), "camera 7", "the metadata")
	contract.Equal(answer.Get("x-oss-storage-class"), "IA", "the storage class")
	contract.Equal(answer.Get("Content-Type"), "text/x-log", "the content type")
	contract.Equal(contract.Must(bucket.GetObjectACL(growingKey)).ACL, "public-read", "the ACL")
}

func runTypeSteps() {
	contract.Step("append-to-normal", func() string {
		putText("normal", firstPiece)
		for _, position := range []int64{0, int64(len(firstPiece))} {
			_, err := bucket.AppendObject("normal", reader("lost"), position)
			refused(err, "ObjectNotAppendable")
		}
		contract.Equal(contentsOf("normal"), firstPiece, "the contents")
		return ""
	})
	contract.NotInSdk("the SDK has no SealAppendObject, and no way to send an operation it does not know", "seal")
	contract.Step("overwrite-appendable", func() string {
		before := contentsOf(growingKey)
		refused(bucket.PutObject(growingKey, reader("lost")), "FileAlreadyExists")
		contract.Equal(contentsOf(growingKey), before, "the contents")
		return ""
	})
	contract.Step("copy-appendable", func() string {
		_, err := bucket.CopyObject(growingKey, "copy of growing")
		refused(err, "OperationNotSupported")
		return ""
	})
}

func tagsOf(key string) map[string]string {
	tags := map[string]string{}
	for _, tag := range contract.Must(bucket.GetObjectTagging(key)).Tags {
		tags[tag.Key] = tag.Value
	}
	return tags
}
