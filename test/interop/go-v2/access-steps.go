package main

import (
	"errors"
	"net/http"
	"time"

	"annals.example/interop/go-harness"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

func runAccessSteps() {
	harness.Step("presigned-put", func() string {
		signed := harness.Must(client.Presign(background, &oss.PutObjectRequest{
			Bucket: bucket, Key: oss.Ptr("presigned put"), ContentType: oss.Ptr("text/x-log"),
		}, oss.PresignExpires(time.Minute)))
		headers := map[string]string{"Content-Type": "text/x-log"}
		for name, value := range signed.SignedHeaders {
			headers[name] = value
		}
		harness.Equal(harness.Send(signed.Method, signed.URL, firstPiece, headers).Status, 200, "the status")
		harness.Equal(contentsOf("presigned put"), firstPiece, "the contents")
		harness.Equal(harness.Send(signed.Method, signed.URL+"0", firstPiece, headers).Status, 403, "the status of a changed URL")
		return ""
	})
	harness.Step("presigned-get", func() string {
		signed := harness.Must(client.Presign(background, &oss.GetObjectRequest{Bucket: bucket, Key: oss.Ptr(growingKey)}))
		answer := harness.Send(signed.Method, signed.URL, "", nil)
		harness.Equal(answer.Status, 200, "the status")
		harness.Equal(answer.Body, contentsOf(growingKey), "the contents")
		return ""
	})
	harness.Step("presigned-append", presignedAppend)
	harness.Step("sts", func() string {
		id := harness.Required("STS_ACCESS_KEY_ID", "STS_MISSING")
		secret := harness.Required("STS_ACCESS_KEY_SECRET", "STS_MISSING")
		token := harness.Required("STS_SECURITY_TOKEN", "STS_MISSING")
		temporary := connect(credentials.NewStaticCredentialsProvider(id, secret, token))
		request := &oss.AppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("temporary"), Position: oss.Ptr(int64(0)), Body: reader(firstPiece),
		}
		harness.Must(temporary.AppendObject(background, request))
		harness.Equal(read(harness.Must(temporary.GetObject(background, &oss.GetObjectRequest{
			Bucket: bucket, Key: oss.Ptr("temporary"),
		}))), firstPiece, "the contents")
		_, err := connect(credentials.NewStaticCredentialsProvider(id, secret)).GetObject(background, &oss.GetObjectRequest{
			Bucket: bucket, Key: oss.Ptr("temporary"),
		})
		var serviceError *oss.ServiceError
		harness.True(errors.As(err, &serviceError), "the service refuses the keys without their token")
		harness.Equal(serviceError.StatusCode, 403, "the status without the token")
		return ""
	})
	harness.Step("policy-denial", func() string {
		readingOnly := connect(credentials.NewStaticCredentialsProvider(
			harness.Required("READER_ACCESS_KEY_ID", "READER_MISSING"),
			harness.Required("READER_ACCESS_KEY_SECRET", "READER_MISSING"),
		))
		harness.Equal(read(harness.Must(readingOnly.GetObject(background, &oss.GetObjectRequest{
			Bucket: bucket, Key: oss.Ptr(growingKey),
		}))), contentsOf(growingKey), "what the user reads")
		_, err := readingOnly.AppendObject(background, &oss.AppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("denied"), Position: oss.Ptr(int64(0)), Body: reader("lost"),
		})
		harness.Equal(refused(err, "AccessDenied").StatusCode, 403, "the status")
		return ""
	})
}

// urlCatcher keeps the URL of a request instead of sending it.
type urlCatcher struct{ url string }

func (catcher *urlCatcher) Do(request *http.Request) (*http.Response, error) {
	catcher.url = request.URL.String()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}, nil
}

// presignedAppend has the SDK sign an append in the query: Presign itself knows seven other requests only.
func presignedAppend() string {
	catcher := &urlCatcher{}
	input := &oss.OperationInput{
		OpName:     "AppendObject",
		Method:     http.MethodPost,
		Bucket:     bucket,
		Key:        oss.Ptr("presigned append"),
		Parameters: map[string]string{"append": "", "position": "0"},
		Headers:    map[string]string{"Content-Type": "text/x-log"},
	}
	harness.Must(client.InvokeOperation(background, input, func(options *oss.Options) {
		options.HttpClient = catcher
		options.AuthMethod = oss.Ptr(oss.AuthMethodQuery)
	}))
	headers := map[string]string{"Content-Type": "text/x-log"}
	answer := harness.Send(http.MethodPost, catcher.url, firstPiece, headers)
	harness.Equal(answer.Status, 200, "the status with the answer "+answer.Body)
	harness.Equal(answer.Headers.Get("x-oss-next-append-position"), "12", "the next position")
	harness.Equal(contentsOf("presigned append"), firstPiece, "the contents")
	return "note: Presign refuses AppendObjectRequest; InvokeOperation with AuthMethodQuery makes the URL"
}
