// Command sample makes the calls of the documents' Go sample with the first Go SDK: two appends, the second where the first ended.
package main

import (
	"log"
	"os"
	"strings"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

func main() {
	bucketName, object := os.Args[1], os.Args[2]
	// begin connect
	provider, err := oss.NewEnvironmentVariableCredentialsProvider()
	check(err)
	client, err := oss.New(os.Getenv("ANNALS_ENDPOINT"), "", "", // http://127.0.0.1:9000
		oss.SetCredentialsProvider(&provider), oss.ForcePathStyle(true),
		oss.AuthVersion(oss.AuthV4), oss.Region("cn-hangzhou")) // any region; without this line it signs as V1
	// end connect
	check(err)
	bucket, err := client.Bucket(bucketName)
	check(err)

	position := int64(0)
	for range 2 {
		position, err = bucket.AppendObject(object, strings.NewReader("hi append object"), position)
		check(err)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
