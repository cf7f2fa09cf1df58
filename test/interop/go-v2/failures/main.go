// Command failures appends numbered blocks through the second Go SDK while its server or network fail.
// INTERFACE chooses AppendObject or the file-like writer. Each error is told; then HEAD decides whether the block was applied.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"strconv"
	"strings"
	"time"

	"annals.example/interop/contract"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

const (
	headAttempts = 120
	headPause    = 250 * time.Millisecond
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

type event struct {
	Block   int    `json:"block"`
	Outcome string `json:"outcome"`
	Error   string `json:"error,omitempty"`
}

func main() {
	blockCount, blockLength := number("BLOCK_COUNT"), number("BLOCK_LENGTH")
	write := appendBlock
	if contract.Environment("INTERFACE") == "AppendFile" {
		write = writeBlock
	}
	position := int64(0)
	for block := range blockCount {
		text := strings.Repeat(fmt.Sprintf("%08d", block), blockLength/8+1)
		position = appendWhatever(write, block, position, []byte(text[:blockLength]))
	}
}

// appendWhatever appends a block until it is there, and gives the next position.
func appendWhatever(write func(int64, []byte) error, block int, position int64, body []byte) int64 {
	end := position + int64(len(body))
	for {
		err := write(position, body)
		if err == nil {
			tell(event{block, "ok", ""})
			return end
		}
		tell(event{block, "error", describe(err)})
		switch length := waitForLength(); length {
		case end:
			tell(event{block, "applied", ""})
			return end
		case position:
		default:
			log.Fatalf("block %d: the object has %d bytes, wanted %d or %d", block, length, position, end)
		}
	}
}

func appendBlock(position int64, body []byte) error {
	_, err := client.AppendObject(background, &oss.AppendObjectRequest{
		Bucket: oss.Ptr(bucket), Key: oss.Ptr(key), Position: oss.Ptr(position), Body: bytes.NewReader(body),
	})
	return err
}

// writeBlock writes through the file, which knows its position; after an error it is opened anew.
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

func waitForLength() int64 {
	for range headAttempts {
		answer, err := client.HeadObject(background, &oss.HeadObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr(key)})
		if err == nil {
			return answer.ContentLength
		}
		var serviceError *oss.ServiceError
		if errors.As(err, &serviceError) && serviceError.StatusCode == 404 {
			return 0
		}
		time.Sleep(headPause)
	}
	log.Fatal("the server did not come back")
	return 0
}

func describe(err error) string {
	var serviceError *oss.ServiceError
	if errors.As(err, &serviceError) {
		return fmt.Sprintf("%T: %d %s", err, serviceError.StatusCode, serviceError.Code)
	}
	inner := err
	for next := errors.Unwrap(inner); next != nil; next = errors.Unwrap(inner) {
		inner = next
	}
	return fmt.Sprintf("%T: %T", err, inner)
}

func tell(told event) {
	fmt.Println(string(contract.Must(json.Marshal(told))))
}

func number(name string) int {
	return contract.Must(strconv.Atoi(contract.Environment(name)))
}
