// Command go-v2 takes the second Go SDK through the shared scenario; SIGNATURE chooses V1 or V4.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"annals.example/interop/contract"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

var (
	background = context.Background()
	bucket     = oss.Ptr(contract.Environment("BUCKET"))
	client     = connect(credentials.NewEnvironmentVariableCredentialsProvider())
)

func connect(provider credentials.CredentialsProvider, options ...func(*oss.Options)) *oss.Client {
	version := oss.SignatureVersionV4
	if contract.Environment("SIGNATURE") == "v1" {
		version = oss.SignatureVersionV1
	}
	config := oss.LoadDefaultConfig().
		WithCredentialsProvider(provider).
		WithRegion(contract.Environment("OSS_REGION")).
		WithEndpoint(contract.Environment("ANNALS_ENDPOINT")).
		WithSignatureVersion(version)
	return oss.NewClient(config, options...)
}

func main() {
	runAppendSteps()
	runTypeSteps()
	runReadSteps()
	runUploadSteps()
	runAccessSteps()
	runBucketSteps()
}

func putText(key, text string) {
	_, err := client.PutObject(background, &oss.PutObjectRequest{Bucket: bucket, Key: oss.Ptr(key), Body: reader(text)})
	contract.NoError(err)
}

func appendText(key string, position int64, text string) *oss.AppendObjectResult {
	return contract.Must(client.AppendObject(background, &oss.AppendObjectRequest{
		Bucket: bucket, Key: oss.Ptr(key), Position: oss.Ptr(position), Body: reader(text),
	}))
}

func contentsOf(key string) string {
	return read(contract.Must(client.GetObject(background, &oss.GetObjectRequest{Bucket: bucket, Key: oss.Ptr(key)})))
}

func read(result *oss.GetObjectResult) string {
	defer result.Body.Close()
	return string(contract.Must(io.ReadAll(result.Body)))
}

func head(key string) *oss.HeadObjectResult {
	return contract.Must(client.HeadObject(background, &oss.HeadObjectRequest{Bucket: bucket, Key: oss.Ptr(key)}))
}

// refused gives the SDK's typed error of a call that must have failed with this code.
func refused(err error, code string) *oss.ServiceError {
	var serviceError *oss.ServiceError
	if !errors.As(err, &serviceError) {
		panic(fmt.Sprintf("The call was answered with %v, wanted the error %s of the service", err, code))
	}
	contract.Equal(serviceError.Code, code, "the code of the error")
	return serviceError
}

func isPartUpload(request *http.Request) bool {
	return request.Method == http.MethodPut && request.URL.Query().Has("partNumber")
}
