// Command fidelity takes details of the public service through the first Go SDK; SIGNATURE chooses V1 or V4.
package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"annals.example/interop/contract"
	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

const partLength = 100 << 10

var (
	bucketName = contract.Environment("BUCKET")
	missing    = bucketName + "-none"
	client     = connect(contract.Environment("OSS_ACCESS_KEY_ID"), contract.Environment("OSS_ACCESS_KEY_SECRET"))
	bucket     = contract.Must(client.Bucket(bucketName))
)

func connect(id, secret string) *oss.Client {
	version := oss.AuthV4
	if contract.Environment("SIGNATURE") == "v1" {
		version = oss.AuthV1
	}
	return contract.Must(oss.New(contract.Environment("ANNALS_ENDPOINT"), id, secret,
		oss.AuthVersion(version), oss.Region(contract.Environment("OSS_REGION"))))
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
	contract.Step("qos", qos)
	contract.Step("cors-vary", corsVary)
	contract.Step("list-control-characters", listControlCharacters)
	contract.Step("copy-conditional", copyConditional)
	contract.Step("range-if-range", rangeIfRange)
}

func reader(text string) io.Reader { return strings.NewReader(text) }

// put gives the headers of the answer, among them ETag and version.
func put(place *oss.Bucket, key, text string, options ...oss.Option) http.Header {
	var answer http.Header
	contract.NoError(place.PutObject(key, reader(text), append(options, oss.GetResponseHeader(&answer))...))
	return answer
}

func contentsOf(place *oss.Bucket, key string, options ...oss.Option) string {
	body := contract.Must(place.GetObject(key, options...))
	defer body.Close()
	return string(contract.Must(io.ReadAll(body)))
}

// refused fails the step unless the SDK's typed error has this status, and this code where one is wanted.
func refused(err error, status int, code string) {
	var serviceError oss.ServiceError
	if !errors.As(err, &serviceError) {
		panic(fmt.Sprintf("The call was answered with %v, wanted the error %d %s of the service", err, status, code))
	}
	contract.Equal(serviceError.StatusCode, status, "the status of the error")
	if code != "" {
		contract.Equal(serviceError.Code, code, "the code of the error")
	}
}

func versionedBucket(name string) *oss.Bucket {
	contract.NoError(client.CreateBucket(name))
	contract.NoError(client.SetBucketVersioning(name, oss.VersioningConfig{Status: "Enabled"}))
	return contract.Must(client.Bucket(name))
}

// sameAs compares what was read with what was set by the documents of the SDK's own types.
func sameAs(actual, wanted any) {
	left, right := toXml(actual), toXml(wanted)
	if !reflect.DeepEqual(left, right) {
		panic(fmt.Sprintf("What was read is %s, wanted %s", left, right))
	}
}

func toXml(value any) string {
	return string(contract.Must(xml.Marshal(value)))
}

func headBucket() string {
	ask := func(name string) (*oss.Response, error) {
		return client.Conn.Do(http.MethodHead, name, "", map[string]any{}, nil, nil, 0, nil)
	}
	answer := contract.Must(ask(bucketName))
	contract.True(strings.HasPrefix(answer.Headers.Get("x-oss-bucket-region"), "oss-"), "the region is told")
	_, err := ask(missing)
	refused(err, http.StatusNotFound, "NoSuchBucket")
	return "note: no call of its own, so by the request that the SDK's calls are made of"
}

func existsWrongKeys() string {
	for id, secret := range map[string]string{"unknown-key": "secret", contract.Environment("OSS_ACCESS_KEY_ID"): "wrong"} {
		stranger := connect(id, secret)
		_, err := stranger.GetBucketInfo(missing)
		refused(err, http.StatusNotFound, "NoSuchBucket")
		_, err = stranger.GetBucketInfo(bucketName)
		refused(err, http.StatusForbidden, "")
		// The SDK takes every 404 for a missing object.
		contract.Equal(contract.Must(contract.Must(stranger.Bucket(missing)).IsObjectExist("k")), false, "whether its object exists")
	}
	return "note: IsBucketExist lists the caller's buckets; GetBucketInfo asks for the bucket"
}
