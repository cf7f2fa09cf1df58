// Command written writes what the commands of annals are tried on, through the second Go SDK; the list is
// contract/written.cjs.
package main

import (
	"bytes"
	"context"
	"strings"

	"annals.example/interop/contract"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

const partLength = 100 << 10

var (
	background = context.Background()
	bucket     = oss.Ptr(contract.Environment("BUCKET"))
	client     = oss.NewClient(oss.LoadDefaultConfig().
			WithCredentialsProvider(credentials.NewEnvironmentVariableCredentialsProvider()).
			WithRegion(contract.Environment("OSS_REGION")).
			WithEndpoint(contract.Environment("ANNALS_ENDPOINT")))
)

func main() {
	for _, key := range []string{"plain.txt", "with space/a b.txt", "plus+and%percent%20.txt", "ünïcode/Käse 日本.txt", "folder/inside.txt"} {
		put(key, &oss.PutObjectRequest{Body: textOf(key)})
	}
	put("folder/", &oss.PutObjectRequest{Body: strings.NewReader("")})
	put("encoded.gz", &oss.PutObjectRequest{Body: textOf("encoded.gz"), ContentEncoding: oss.Ptr("gzip")})
	put("described.log", &oss.PutObjectRequest{
		Body: textOf("described.log"), ContentType: oss.Ptr("text/x-log"), Metadata: map[string]string{"source": "camera 7"},
	})
	putParts("multipart.bin", contract.Pattern(250<<10))
	position := int64(0)
	for _, piece := range []string{"line one\nline two\n", "line three\n"} {
		position = contract.Must(client.AppendObject(background, &oss.AppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("growing.log"), Position: oss.Ptr(position), Body: strings.NewReader(piece),
		})).NextPosition
	}
	contract.Must(client.PutSymlink(background, &oss.PutSymlinkRequest{
		Bucket: bucket, Key: oss.Ptr("link.txt"), Target: oss.Ptr("plain.txt"),
	}))
}

func textOf(key string) *strings.Reader {
	return strings.NewReader("contents of " + key + "\n")
}

func put(key string, request *oss.PutObjectRequest) {
	request.Bucket, request.Key = bucket, oss.Ptr(key)
	contract.Must(client.PutObject(background, request))
}

func putParts(name string, body []byte) {
	key := oss.Ptr(name)
	upload := contract.Must(client.InitiateMultipartUpload(background, &oss.InitiateMultipartUploadRequest{Bucket: bucket, Key: key}))
	var parts []oss.UploadPart
	for start := 0; start < len(body); start += partLength {
		number := int32(len(parts) + 1)
		part := contract.Must(client.UploadPart(background, &oss.UploadPartRequest{
			Bucket: bucket, Key: key, UploadId: upload.UploadId, PartNumber: number,
			Body: bytes.NewReader(body[start:min(start+partLength, len(body))]),
		}))
		parts = append(parts, oss.UploadPart{PartNumber: number, ETag: part.ETag})
	}
	contract.Must(client.CompleteMultipartUpload(background, &oss.CompleteMultipartUploadRequest{
		Bucket: bucket, Key: key, UploadId: upload.UploadId,
		CompleteMultipartUpload: &oss.CompleteMultipartUpload{Parts: parts},
	}))
}
