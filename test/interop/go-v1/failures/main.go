// Command failures appends numbered blocks through the first Go SDK while its server or network fail.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"annals.example/interop/contract"
	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

var (
	key    = contract.Environment("KEY")
	client = contract.Must(oss.New(contract.Environment("ANNALS_ENDPOINT"),
		contract.Environment("OSS_ACCESS_KEY_ID"), contract.Environment("OSS_ACCESS_KEY_SECRET")))
	bucket = contract.Must(client.Bucket(contract.Environment("BUCKET")))
)

func main() {
	contract.AppendBlocks(contract.BlockClient{Append: appendBlock, Length: length, Describe: describe})
}

func appendBlock(position int64, body []byte) error {
	_, err := bucket.AppendObject(key, bytes.NewReader(body), position)
	return err
}

func length() (int64, error) {
	headers, err := bucket.GetObjectDetailedMeta(key)
	if err == nil {
		return contract.Must(strconv.ParseInt(headers.Get("Content-Length"), 10, 64)), nil
	}
	var serviceError oss.ServiceError
	if errors.As(err, &serviceError) && serviceError.StatusCode == 404 {
		return 0, nil
	}
	return 0, err
}

// describe gives the innermost error's text: the outer ones name ports, which differ from run to run.
func describe(err error) string {
	var serviceError oss.ServiceError
	if errors.As(err, &serviceError) {
		return fmt.Sprintf("%T: %d %s", err, serviceError.StatusCode, serviceError.Code)
	}
	return fmt.Sprintf("%T: %v", err, contract.Innermost(err))
}
