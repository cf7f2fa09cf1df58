package main

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"annals.example/interop/contract"
	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

func runReadSteps() {
	whole := firstPiece + secondPiece + thirdPiece
	contract.Step("head", func() string {
		answer := head(growingKey)
		contract.Equal(answer.Get("Content-Length"), fmt.Sprint(len(whole)), "the length")
		contract.Equal(answer.Get("x-oss-object-type"), "Appendable", "the type")
		contract.Equal(answer.Get(oss.HTTPHeaderOssNextAppendPosition), fmt.Sprint(len(whole)), "the next position")
		contract.Equal(len(answer.Get("ETag")), 34, "the length of the quoted ETag")
		contract.Equal(answer.Get("x-oss-meta-source"), "camera 7", "the metadata")
		_, err := bucket.GetObjectDetailedMeta("missing")
		contract.Equal(refused(err, "NoSuchKey").StatusCode, 404, "the status")
		contract.True(!contract.Must(bucket.IsObjectExist("missing")), "a missing object is told as missing")
		return ""
	})
	contract.Step("get", func() string {
		contract.Equal(contentsOf(growingKey), whole, "the contents")
		_, err := bucket.GetObject("missing")
		contract.Equal(refused(err, "NoSuchKey").StatusCode, 404, "the status")
		return ""
	})
	contract.Step("range", func() string {
		contract.Equal(contentsOf(growingKey, oss.Range(6, 10)), whole[6:11], "bytes 6 to 10")
		contract.Equal(contentsOf(growingKey, oss.NormalizedRange("12-")), whole[12:], "bytes from 12")
		contract.Equal(contentsOf(growingKey, oss.NormalizedRange("-6")), whole[len(whole)-6:], "the last 6 bytes")
		return ""
	})
	contract.Step("list", func() string {
		putText("listed/normal", firstPiece)
		contract.Must(bucket.AppendObject("listed/growing", reader(secondPiece), 0))
		putText("listed/deep/below", thirdPiece)
		found := map[string]string{}
		for token, more := "", true; more; {
			page := contract.Must(bucket.ListObjectsV2(oss.Prefix("listed/"), oss.Delimiter("/"), oss.MaxKeys(2), oss.ContinuationToken(token)))
			for _, object := range page.Objects {
				found[object.Key] = fmt.Sprint(object.Type, " ", object.Size)
			}
			for _, prefix := range page.CommonPrefixes {
				found[prefix] = "prefix"
			}
			token, more = page.NextContinuationToken, page.IsTruncated
		}
		contract.Equal(len(found), 3, "the number of entries")
		contract.Equal(found["listed/normal"], fmt.Sprint("Normal ", len(firstPiece)), "an entry")
		contract.Equal(found["listed/growing"], fmt.Sprint("Appendable ", len(secondPiece)), "an entry")
		contract.Equal(found["listed/deep/"], "prefix", "an entry")
		first := contract.Must(bucket.ListObjects(oss.Prefix("listed/")))
		contract.Equal(len(first.Objects), 3, "the number of entries of the first kind of list")
		return ""
	})
}

func runUploadSteps() {
	contract.Step("put", func() string {
		var answer http.Header
		putText("put", firstPiece, oss.ContentType("text/x-log"), oss.GetResponseHeader(&answer))
		contract.Equal(answer.Get("ETag"), fmt.Sprintf("\"%X\"", md5.Sum([]byte(firstPiece))), "the ETag")
		contract.Equal(contentsOf("put"), firstPiece, "the contents")
		contract.Equal(head("put").Get("Content-Type"), "text/x-log", "the content type")
		return ""
	})
	contract.Step("multipart", uploadParts)
	contract.Step("multipart-resume", resumeUpload)
	contract.Step("copy", func() string {
		putText("copied/from here", firstPiece)
		contract.Must(bucket.CopyObject("copied/from here", "copied/to"))
		contract.Equal(contentsOf("copied/to"), firstPiece, "the contents")
		return ""
	})
	contract.Step("delete-many", func() string {
		putText("doomed/1", firstPiece)
		putText("doomed/2 & 3", firstPiece)
		answer := contract.Must(bucket.DeleteObjects([]string{"doomed/1", "doomed/2 & 3", "doomed/missing"}))
		sort.Strings(answer.DeletedObjects)
		contract.Equal(strings.Join(answer.DeletedObjects, "|"), "doomed/1|doomed/2 & 3|doomed/missing", "the deleted keys")
		contract.True(!contract.Must(bucket.IsObjectExist("doomed/1")), "a deleted object is gone")
		return ""
	})
}

func uploadParts() string {
	body := contract.Pattern(250 << 10)
	upload := contract.Must(bucket.InitiateMultipartUpload("multipart"))
	var parts []oss.UploadPart
	for number := range 3 {
		piece := body[number*100<<10 : min((number+1)*100<<10, len(body))]
		parts = append(parts, contract.Must(bucket.UploadPart(upload, bytes.NewReader(piece), int64(len(piece)), number+1)))
	}
	contract.Equal(len(contract.Must(bucket.ListUploadedParts(upload)).UploadedParts), 3, "the number of listed parts")
	contract.Must(bucket.CompleteMultipartUpload(upload, parts))
	contract.Equal(head("multipart").Get("x-oss-object-type"), "Multipart", "the type")
	contract.True(contentsOf("multipart") == string(body), "the contents are what was sent")
	return ""
}

// resumeUpload breaks an upload of five parts off at the third; the second try, from the SDK's checkpoint, sends three.
func resumeUpload() string {
	body := contract.Pattern(500 << 10)
	scratch := contract.Environment("SCRATCH")
	path := filepath.Join(scratch, "resumed-"+contract.Environment("SIGNATURE"))
	contract.NoError(os.WriteFile(path, body, 0o600))
	send := func(transport *contract.CountingTransport) error {
		counted := connect(contract.Environment("OSS_ACCESS_KEY_ID"), contract.Environment("OSS_ACCESS_KEY_SECRET"),
			oss.HTTPClient(&http.Client{Transport: transport}))
		place := contract.Must(counted.Bucket(bucketName))
		return place.UploadFile("resumed", path, 100<<10, oss.Routines(1), oss.CheckpointDir(true, scratch))
	}
	broken := &contract.CountingTransport{Counts: isPartUpload, RefusesAt: 3}
	contract.True(send(broken) != nil, "the broken upload fails")
	rest := &contract.CountingTransport{Counts: isPartUpload}
	contract.NoError(send(rest))
	contract.Equal(rest.Count, 3, "the number of parts of the second try")
	contract.True(contentsOf("resumed") == string(body), "the contents are what was sent")
	return ""
}
