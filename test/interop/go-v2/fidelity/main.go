// Command fidelity takes details of the public service through the second Go SDK; SIGNATURE chooses V1 or V4.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"annals.example/interop/contract"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

const partLength = 100 << 10

var (
	background = context.Background()
	bucketName = contract.Environment("BUCKET")
	bucket     = oss.Ptr(bucketName)
	missing    = bucketName + "-none"
	client     = connect(credentials.NewEnvironmentVariableCredentialsProvider())
)

func connect(provider credentials.CredentialsProvider) *oss.Client {
	version := oss.SignatureVersionV4
	if contract.Environment("SIGNATURE") == "v1" {
		version = oss.SignatureVersionV1
	}
	return oss.NewClient(oss.LoadDefaultConfig().
		WithSignatureVersion(version).
		WithCredentialsProvider(provider).
		WithRegion(contract.Environment("OSS_REGION")).
		WithEndpoint(contract.Environment("ANNALS_ENDPOINT")))
}

func main() {
	contract.Step("head-bucket", headBucket)
	contract.Step("exists-wrong-keys", existsWrongKeys)
	contract.Step("upload-empty-file", uploadEmptyFile)
	contract.Step("multipart-sequential", multipartSequential)
	contract.Step("set-meta-versioned", setMetaVersioned)
	contract.Step("copy-large-version", copyLargeVersion)
	contract.Step("lifecycle-dates", lifecycleDates)
	contract.Step("inventory", inventory)
	contract.Step("mirror-rules", mirrorRules)
	contract.Step("replication", replication)
	contract.NotInSdk("no call and no types for QoS", "qos")
	contract.Step("cors-vary", corsVary)
	contract.Step("list-control-characters", listControlCharacters)
	contract.Step("copy-conditional", copyConditional)
	contract.Step("range-if-range", rangeIfRange)
}

func put(name *string, key, text string) *oss.PutObjectResult {
	return contract.Must(client.PutObject(background, &oss.PutObjectRequest{
		Bucket: name, Key: oss.Ptr(key), Body: strings.NewReader(text),
	}))
}

func contentsOf(name *string, key string) string {
	return read(contract.Must(client.GetObject(background, &oss.GetObjectRequest{Bucket: name, Key: oss.Ptr(key)})))
}

func read(result *oss.GetObjectResult) string {
	defer result.Body.Close()
	return string(contract.Must(io.ReadAll(result.Body)))
}

func head(name *string, key string) *oss.HeadObjectResult {
	return contract.Must(client.HeadObject(background, &oss.HeadObjectRequest{Bucket: name, Key: oss.Ptr(key)}))
}

// refused fails the step unless the SDK's typed error has this status, and this code where one is wanted.
func refused(err error, status int, code string) {
	var serviceError *oss.ServiceError
	if !errors.As(err, &serviceError) {
		panic(fmt.Sprintf("The call was answered with %v, wanted the error %d %s of the service", err, status, code))
	}
	contract.Equal(serviceError.StatusCode, status, "the status of the error")
	if code != "" {
		contract.Equal(serviceError.Code, code, "the code of the error")
	}
}

func versionedBucket(name string) *string {
	made := oss.Ptr(name)
	contract.Must(client.PutBucket(background, &oss.PutBucketRequest{Bucket: made}))
	contract.Must(client.PutBucketVersioning(background, &oss.PutBucketVersioningRequest{
		Bucket: made, VersioningConfiguration: &oss.VersioningConfiguration{Status: oss.VersionEnabled},
	}))
	return made
}

func sameAs(actual, wanted any) {
	if !reflect.DeepEqual(actual, wanted) {
		panic(fmt.Sprintf("What was read is %s, wanted %s", toJson(actual), toJson(wanted)))
	}
}

func toJson(value any) string {
	return string(contract.Must(json.Marshal(value)))
}

func headBucket() string {
	ask := func(name string) (*oss.OperationOutput, error) {
		return client.InvokeOperation(background, &oss.OperationInput{OpName: "HeadBucket", Method: http.MethodHead, Bucket: oss.Ptr(name)})
	}
	answer := contract.Must(ask(bucketName))
	contract.True(strings.HasPrefix(answer.Headers.Get("x-oss-bucket-region"), "oss-"), "the region is told")
	_, err := ask(missing)
	refused(err, http.StatusNotFound, "NoSuchBucket")
	return "note: no call of its own, so by InvokeOperation"
}

func existsWrongKeys() string {
	for id, secret := range map[string]string{"unknown-key": "secret", contract.Environment("OSS_ACCESS_KEY_ID"): "wrong"} {
		stranger := connect(credentials.NewStaticCredentialsProvider(id, secret))
		contract.Equal(contract.Must(stranger.IsBucketExist(background, missing)), false, "whether the missing bucket exists")
		contract.Equal(contract.Must(stranger.IsBucketExist(background, bucketName)), true, "whether the bucket exists")
		_, err := stranger.IsObjectExist(background, missing, "k")
		refused(err, http.StatusNotFound, "NoSuchBucket")
	}
	return ""
}
