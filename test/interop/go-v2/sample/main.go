// Command sample makes the calls of the documents' Go sample: two appends, the second where the first one ended.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

func main() {
	region := flag.String("region", "", "region of the bucket")
	bucket := flag.String("bucket", "", "name of the bucket")
	object := flag.String("object", "", "key of the object")
	flag.Parse()
	// begin connect
	config := oss.LoadDefaultConfig().
		WithCredentialsProvider(credentials.NewEnvironmentVariableCredentialsProvider()).
		WithRegion(*region).
		WithEndpoint(os.Getenv("ANNALS_ENDPOINT")) // http://127.0.0.1:9000; add WithUsePathStyle(true) when it is a name
	client := oss.NewClient(config)
	// end connect

	position := int64(0)
	for range 2 {
		result, err := client.AppendObject(context.TODO(), &oss.AppendObjectRequest{
			Bucket:   oss.Ptr(*bucket),
			Key:      oss.Ptr(*object),
			Position: oss.Ptr(position),
			Body:     strings.NewReader("hi append object"),
		})
		if err != nil {
			log.Fatalf("failed to append object %v", err)
		}
		position = result.NextPosition
	}
}
