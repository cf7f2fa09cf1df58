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
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

func runReadSteps() {
	whole := firstPiece + secondPiece + thirdPiece
	contract.Step("head", func() string {
		answer := head(growingKey)
		contract.Equal(answer.ContentLength, int64(len(whole)), "the length")
		contract.Equal(oss.ToString(answer.ObjectType), "Appendable", "the type")
		contract.Equal(oss.ToString(answer.NextAppendPosition), fmt.Sprint(len(whole)), "the next position")
		contract.Equal(len(oss.ToString(answer.ETag)), 34, "the length of the quoted ETag")
		contract.Equal(answer.Metadata["source"], "camera 7", "the metadata")
		contract.True(answer.LastModified != nil, "the time of the last change is told")
		_, err := client.HeadObject(background, &oss.HeadObjectRequest{Bucket: bucket, Key: oss.Ptr("missing")})
		refused(err, "NoSuchKey")
		return ""
	})
	contract.Step("get", func() string {
		contract.Equal(contentsOf(growingKey), whole, "the contents")
		_, err := client.GetObject(background, &oss.GetObjectRequest{Bucket: bucket, Key: oss.Ptr("missing")})
		contract.Equal(refused(err, "NoSuchKey").StatusCode, 404, "the status")
		return ""
	})
	contract.Step("range", func() string {
		for header, wanted := range map[string]string{"bytes=6-10": whole[6:11], "bytes=12-": whole[12:], "bytes=-6": whole[len(whole)-6:]} {
			answer := contract.Must(client.GetObject(background, &oss.GetObjectRequest{
				Bucket: bucket, Key: oss.Ptr(growingKey), Range: oss.Ptr(header),
			}))
			contract.Equal(answer.StatusCode, 206, "the status")
			contract.Equal(read(answer), wanted, header)
		}
		return ""
	})
	contract.Step("list", func() string {
		putText("listed/normal", firstPiece)
		appendText("listed/growing", 0, secondPiece)
		putText("listed/deep/below", thirdPiece)
		found := map[string]string{}
		request := &oss.ListObjectsV2Request{Bucket: bucket, Prefix: oss.Ptr("listed/"), Delimiter: oss.Ptr("/"), MaxKeys: 2}
		pages := client.NewListObjectsV2Paginator(request)
		for pages.HasNext() {
			page := contract.Must(pages.NextPage(background))
			for _, object := range page.Contents {
				found[oss.ToString(object.Key)] = fmt.Sprint(oss.ToString(object.Type), " ", object.Size)
			}
			for _, prefix := range page.CommonPrefixes {
				found[oss.ToString(prefix.Prefix)] = "prefix"
			}
		}
		contract.Equal(len(found), 3, "the number of entries")
		contract.Equal(found["listed/normal"], fmt.Sprint("Normal ", len(firstPiece)), "an entry")
		contract.Equal(found["listed/growing"], fmt.Sprint("Appendable ", len(secondPiece)), "an entry")
		contract.Equal(found["listed/deep/"], "prefix", "an entry")
		first := contract.Must(client.ListObjects(background, &oss.ListObjectsRequest{Bucket: bucket, Prefix: oss.Ptr("listed/")}))
		contract.Equal(len(first.Contents), 3, "the number of entries of the first kind of list")
		return ""
	})
}

func runUploadSteps() {
	contract.Step("put", func() string {
		answer := contract.Must(client.PutObject(background, &oss.PutObjectRequest{
			Bucket: bucket, Key: oss.Ptr("put"), ContentType: oss.Ptr("text/x-log"), Body: reader(firstPiece),
		}))
		contract.Equal(oss.ToString(answer.ETag), fmt.Sprintf("\"%X\"", md5.Sum([]byte(firstPiece))), "the ETag")
		contract.Equal(contentsOf("put"), firstPiece, "the contents")
		contract.Equal(oss.ToString(head("put").ContentType), "text/x-log", "the content type")
		return ""
	})
	contract.Step("multipart", uploadParts)
	contract.Step("multipart-resume", resumeUpload)
	contract.Step("copy", func() string {
		putText("copied/from here", firstPiece)
		contract.Must(client.CopyObject(background, &oss.CopyObjectRequest{
			Bucket: bucket, Key: oss.Ptr("copied/to"), SourceBucket: bucket, SourceKey: oss.Ptr("copied/from here"),
		}))
		contract.Equal(contentsOf("copied/to"), firstPiece, "the contents")
		return ""
	})
	contract.Step("delete-many", func() string {
		putText("doomed/1", firstPiece)
		putText("doomed/2 & 3", firstPiece)
		answer := contract.Must(client.DeleteMultipleObjects(background, &oss.DeleteMultipleObjectsRequest{
			Bucket:  bucket,
			Objects: []oss.DeleteObject{{Key: oss.Ptr("doomed/1")}, {Key: oss.Ptr("doomed/2 & 3")}, {Key: oss.Ptr("doomed/missing")}},
		}))
		var keys []string
		for _, deleted := range answer.DeletedObjects {
			keys = append(keys, oss.ToString(deleted.Key))
		}
		sort.Strings(keys)
		contract.Equal(strings.Join(keys, "|"), "doomed/1|doomed/2 & 3|doomed/missing", "the deleted keys")
		_, err := client.HeadObject(background, &oss.HeadObjectRequest{Bucket: bucket, Key: oss.Ptr("doomed/1")})
		refused(err, "NoSuchKey")
		return ""
	})
}

func uploadParts() string {
	key := oss.Ptr("multipart")
	body := contract.Pattern(250 << 10)
	upload := contract.Must(client.InitiateMultipartUpload(background, &oss.InitiateMultipartUploadRequest{Bucket: bucket, Key: key}))
	var parts []oss.UploadPart
	for number := range 3 {
		piece := body[number*100<<10 : min((number+1)*100<<10, len(body))]
		part := contract.Must(client.UploadPart(background, &oss.UploadPartRequest{
			Bucket: bucket, Key: key, UploadId: upload.UploadId, PartNumber: int32(number + 1), Body: bytes.NewReader(piece),
		}))
		parts = append(parts, oss.UploadPart{PartNumber: int32(number + 1), ETag: part.ETag})
	}
	listed := contract.Must(client.ListParts(background, &oss.ListPartsRequest{Bucket: bucket, Key: key, UploadId: upload.UploadId}))
	contract.Equal(len(listed.Parts), 3, "the number of listed parts")
	contract.Must(client.CompleteMultipartUpload(background, &oss.CompleteMultipartUploadRequest{
		Bucket: bucket, Key: key, UploadId: upload.UploadId,
		CompleteMultipartUpload: &oss.CompleteMultipartUpload{Parts: parts},
	}))
	contract.Equal(oss.ToString(head("multipart").ObjectType), "Multipart", "the type")
	contract.True(contentsOf("multipart") == string(body), "the contents are what was sent")
	return ""
}

// resumeUpload breaks an upload of five parts off at the third; the second try, from the SDK's checkpoint, sends three.
func resumeUpload() string {
	body := contract.Pattern(500 << 10)
	path := filepath.Join(contract.Environment("SCRATCH"), "resumed-"+contract.Environment("SIGNATURE"))
	contract.NoError(os.WriteFile(path, body, 0o600))
	send := func(transport *contract.CountingTransport) error {
		counted := connect(credentials.NewEnvironmentVariableCredentialsProvider(), func(options *oss.Options) {
			options.HttpClient = &http.Client{Transport: transport}
			options.RetryMaxAttempts = oss.Ptr(1)
		})
		uploader := counted.NewUploader(func(options *oss.UploaderOptions) {
			options.PartSize = 100 << 10
			options.ParallelNum = 1
			options.EnableCheckpoint = true
			options.CheckpointDir = contract.Environment("SCRATCH")
		})
		_, err := uploader.UploadFile(background, &oss.PutObjectRequest{Bucket: bucket, Key: oss.Ptr("resumed")}, path)
		return err
	}
	broken := &contract.CountingTransport{Counts: isPartUpload, RefusesAt: 3}
	contract.True(send(broken) != nil, "the broken upload fails")
	rest := &contract.CountingTransport{Counts: isPartUpload}
	contract.NoError(send(rest))
	contract.Equal(rest.Count, 3, "the number of parts of the second try")
	contract.True(contentsOf("resumed") == string(body), "the contents are what was sent")
	return ""
}
