// Command failures appends numbered blocks through the first Go SDK while its server or network fail.
// Each error is told; then HEAD decides whether the block was applied.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"strconv"
	"strings"
	"time"

	"annals.example/interop/contract"
	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

const (
	headAttempts = 120
	headPause    = 250 * time.Millisecond
)

var (
	key    = contract.Environment("KEY")
	client = contract.Must(oss.New(contract.Environment("ANNALS_ENDPOINT"),
		contract.Environment("OSS_ACCESS_KEY_ID"), contract.Environment("OSS_ACCESS_KEY_SECRET")))
	bucket = contract.Must(client.Bucket(contract.Environment("BUCKET")))
)

type event struct {
	Block   int    `json:"block"`
	Outcome string `json:"outcome"`
	Error   string `json:"error,omitempty"`
}

func main() {
	blockCount, blockLength := number("BLOCK_COUNT"), number("BLOCK_LENGTH")
	position := int64(0)
	for block := range blockCount {
		text := strings.Repeat(fmt.Sprintf("%08d", block), blockLength/8+1)
		position = appendWhatever(block, position, []byte(text[:blockLength]))
	}
}

// appendWhatever appends a block until it is there, and gives the next position.
func appendWhatever(block int, position int64, body []byte) int64 {
	end := position + int64(len(body))
	for {
		_, err := bucket.AppendObject(key, bytes.NewReader(body), position)
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

func waitForLength() int64 {
	for range headAttempts {
		headers, err := bucket.GetObjectDetailedMeta(key)
		if err == nil {
			return contract.Must(strconv.ParseInt(headers.Get("Content-Length"), 10, 64))
		}
		var serviceError oss.ServiceError
		if errors.As(err, &serviceError) && serviceError.StatusCode == 404 {
			return 0
		}
		time.Sleep(headPause)
	}
	log.Fatal("the server did not come back")
	return 0
}

// describe gives the innermost error's text: the outer ones name ports, which differ from run to run.
func describe(err error) string {
	var serviceError oss.ServiceError
	if errors.As(err, &serviceError) {
		return fmt.Sprintf("%T: %d %s", err, serviceError.StatusCode, serviceError.Code)
	}
	inner := err
	for next := errors.Unwrap(inner); next != nil; next = errors.Unwrap(inner) {
		inner = next
	}
	return fmt.Sprintf("%T: %v", err, inner)
}

func tell(told event) {
	fmt.Println(string(contract.Must(json.Marshal(told))))
}

func number(name string) int {
	return contract.Must(strconv.Atoi(contract.Environment(name)))
}
