// Command go-v1 takes the first Go SDK through the shared scenario; SIGNATURE chooses V1, V2 or V4.
package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"annals.example/interop/contract"
	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

const (
	growingKey  = "dir/growing log.txt"
	firstPiece  = "first piece\n"
	secondPiece = "second piece\n"
	thirdPiece  = "third piece\n"
)

var (
	bucketName = contract.Environment("BUCKET")
	client     = connect(contract.Environment("OSS_ACCESS_KEY_ID"), contract.Environment("OSS_ACCESS_KEY_SECRET"))
	bucket     = contract.Must(client.Bucket(bucketName))
)

func connect(id, secret string, options ...oss.ClientOption) *oss.Client {
	version := map[string]oss.AuthVersionType{"v1": oss.AuthV1, "v2": oss.AuthV2, "v4": oss.AuthV4}[contract.Environment("SIGNATURE")]
	options = append([]oss.ClientOption{oss.AuthVersion(version), oss.Region(contract.Environment("OSS_REGION"))}, options...)
	return contract.Must(oss.New(contract.Environment("ANNALS_ENDPOINT"), id, secret, options...))
}

func main() {
	runAppendSteps()
	runTypeSteps()
	runReadSteps()
	runUploadSteps()
	runAccessSteps()
	runBucketSteps()
}

func reader(text string) io.Reader { return strings.NewReader(text) }

func putText(key, text string, options ...oss.Option) {
	contract.NoError(bucket.PutObject(key, reader(text), options...))
}

func contentsOf(key string, options ...oss.Option) string {
	return contentsIn(bucket, key, options...)
}

func contentsIn(place *oss.Bucket, key string, options ...oss.Option) string {
	body := contract.Must(place.GetObject(key, options...))
	defer body.Close()
	return string(contract.Must(io.ReadAll(body)))
}

func head(key string) http.Header {
	return contract.Must(bucket.GetObjectDetailedMeta(key))
}

// refused gives the SDK's typed error of a call that must have failed with this code.
func refused(err error, code string) oss.ServiceError {
	var serviceError oss.ServiceError
	if !errors.As(err, &serviceError) {
		panic(fmt.Sprintf("The call was answered with %v, wanted the error %s of the service", err, code))
	}
	contract.Equal(serviceError.Code, code, "the code of the error")
	return serviceError
}

func isPartUpload(request *http.Request) bool {
	return request.Method == http.MethodPut && request.URL.Query().Has("partNumber")
}
