package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"strconv"
	"strings"
	"time"
)

const (
	headAttempts = 120
	headPause    = 250 * time.Millisecond
)

// BlockClient is what one SDK does for a program whose server or network fails.
type BlockClient struct {
	Append func(position int64, body []byte) error
	// Length asks for the object's length by HEAD; 0 if there is no object.
	Length func() (int64, error)
	// Describe names an error by what does not differ from run to run.
	Describe func(error) string
}

type event struct {
	Block   int    `json:"block"`
	Outcome string `json:"outcome"`
	Error   string `json:"error,omitempty"`
}

// AppendBlocks appends numbered blocks. Each error is told; then the length decides whether the block was applied.
func AppendBlocks(client BlockClient) {
	blockCount, blockLength := number("BLOCK_COUNT"), number("BLOCK_LENGTH")
	position := int64(0)
	for block := range blockCount {
		text := strings.Repeat(fmt.Sprintf("%08d", block), blockLength/8+1)
		position = appendWhatever(client, block, position, []byte(text[:blockLength]))
	}
}

// Innermost gives the error that lies under all others.
func Innermost(err error) error {
	inner := err
	for next := errors.Unwrap(inner); next != nil; next = errors.Unwrap(inner) {
		inner = next
	}
	return inner
}

// appendWhatever appends a block until it is there, and gives the next position.
func appendWhatever(client BlockClient, block int, position int64, body []byte) int64 {
	end := position + int64(len(body))
	for {
		err := client.Append(position, body)
		if err == nil {
			tell(event{block, "ok", ""})
			return end
		}
		tell(event{block, "error", client.Describe(err)})
		switch length := waitForLength(client); length {
		case end:
			tell(event{block, "applied", ""})
			return end
		case position:
		default:
			log.Fatalf("block %d: the object has %d bytes, wanted %d or %d", block, length, position, end)
		}
	}
}

func waitForLength(client BlockClient) int64 {
	for range headAttempts {
		if length, err := client.Length(); err == nil {
			return length
		}
		time.Sleep(headPause)
	}
	log.Fatal("the server did not come back")
	return 0
}

func tell(told event) {
	fmt.Println(string(Must(json.Marshal(told))))
}

func number(name string) int {
	return Must(strconv.Atoi(Environment(name)))
}
