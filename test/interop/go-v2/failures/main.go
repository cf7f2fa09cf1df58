// Command failures appends numbered blocks through the second Go SDK while its server or network fail.
// INTERFACE chooses AppendObject or the file-like writer.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"annals.example/interop/contract"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

var (
	background  = context.Background()
	bucket, key = contract.Environment("BUCKET"), contract.Environment("KEY")
	client      = oss.NewClient(oss.LoadDefaultConfig().
			WithCredentialsProvider(credentials.NewEnvironmentVariableCredentialsProvider()).
			WithRegion(contract.Environment("OSS_REGION")).
			WithEndpoint(contract.Environment("ANNALS_ENDPOINT")))
	file *oss.AppendOnlyFile
)

func main() {
	write := appendBlock
	if contract.Environment("INTERFACE") == "AppendFile" {
		write = writeBlock
	}
	contract.AppendBlocks(contract.BlockClient{Append: write, Length: length, Describe: describe})
}

func appendBlock(position int64, body []byte) error {
	_, err := client.AppendObject(background, &oss.AppendObjectRequest{
		Bucket: oss.Ptr(bucket), Key: oss.Ptr(key), Position: oss.Ptr(position), Body: bytes.NewReader(body),
	})
	return err
}

// writeBlock writes through the file, which knows its position; after an error it is opened again.
func writeBlock(_ int64, body []byte) error {
	if file == nil {
		opened, err := client.AppendFile(background, bucket, key)
		if err != nil {
			return err
		}
		file = opened
	}
	_, err := file.Write(body)
	if err != nil {
		file = nil
	}
	return err
}

func length() (int64, error) {
	answer, err := client.HeadObject(background, &oss.HeadObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr(key)})
	if err == nil {
		return answer.ContentLength, nil
	}
	var serviceError *oss.ServiceError
	if errors.As(err, &serviceError) && serviceError.StatusCode == 404 {
		return 0, nil
	}
	return 0, err
}

func describe(err error) string {
	var serviceError *oss.ServiceError
	if errors.As(err, &serviceError) {
		return fmt.Sprintf("%T: %d %s", err, serviceError.StatusCode, serviceError.Code)
	}
	return fmt.Sprintf("%T: %T", err, contract.Innermost(err))
}
