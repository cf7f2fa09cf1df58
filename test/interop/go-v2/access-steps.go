package main

import (
	"errors"
	"net/http"
	"time"

	"annals.example/interop/contract"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

func runAccessSteps() {
	contract.Step("presigned-put", func() string {
		signed := contract.Must(client.Presign(background, &oss.PutObjectRequest{
			Bucket: bucket, Key: oss.Ptr("presigned put"), ContentType: oss.Ptr("text/x-log"),
		}, oss.PresignExpires(time.Minute)))
		headers := map[string]string{"Content-Type": "text/x-log"}
		for name, value := range signed.SignedHeaders {
			headers[name] = value
		}
		contract.Equal(contract.Send(signed.Method, signed.URL, firstPiece, headers).Status, 200, "the status")
		contract.Equal(contentsOf("presigned put"), firstPiece, "the contents")
		contract.Equal(contract.Send(http.MethodDelete, signed.URL, "", headers).Status, 403, "the status of another method")
		return ""
	})
	contract.Step("presigned-get", func() string {
		signed := contract.Must(client.Presign(background, &oss.GetObjectRequest{Bucket: bucket, Key: oss.Ptr(growingKey)}))
		answer := contract.Send(signed.Method, signed.URL, "", nil)
		contract.Equal(answer.Status, 200, "the status")
		contract.Equal(answer.Body, contentsOf(growingKey), "the contents")
		return ""
	})
	contract.Step("presigned-append", presignedAppend)
	contract.Step("sts", func() string {
		id := contract.Required("STS_ACCESS_KEY_ID", "STS_MISSING")
		secret := contract.Required("STS_ACCESS_KEY_SECRET", "STS_MISSING")
		token := contract.Required("STS_SECURITY_TOKEN", "STS_MISSING")
		temporary := connect(credentials.NewStaticCredentialsProvider(id, secret, token))
		request := &oss.AppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("temporary"), Position: oss.Ptr(int64(0)), Body: reader(firstPiece),
		}
		contract.Must(temporary.AppendObject(background, request))
		contract.Equal(read(contract.Must(temporary.GetObject(background, &oss.GetObjectRequest{
			Bucket: bucket, Key: oss.Ptr("temporary"),
		}))), firstPiece, "the contents")
		_, err := connect(credentials.NewStaticCredentialsProvider(id, secret)).GetObject(background, &oss.GetObjectRequest{
			Bucket: bucket, Key: oss.Ptr("temporary"),
		})
		var serviceError *oss.ServiceError
		contract.True(errors.As(err, &serviceError), "the service refuses the keys without their token")
		contract.Equal(serviceError.StatusCode, 403, "the status without the token")
		return ""
	})
	contract.Step("policy-denial", func() string {
		readingOnly := connect(credentials.NewStaticCredentialsProvider(
			contract.Required("READER_ACCESS_KEY_ID", "READER_MISSING"),
			contract.Required("READER_ACCESS_KEY_SECRET", "READER_MISSING"),
		))
		contract.Equal(read(contract.Must(readingOnly.GetObject(background, &oss.GetObjectRequest{
			Bucket: bucket, Key: oss.Ptr(growingKey),
		}))), contentsOf(growingKey), "what the user reads")
		_, err := readingOnly.AppendObject(background, &oss.AppendObjectRequest{
			Bucket: bucket, Key: oss.Ptr("denied"), Position: oss.Ptr(int64(0)), Body: reader("lost"),
		})
		contract.Equal(refused(err, "AccessDenied").StatusCode, 403, "the status")
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
	contract.Must(client.InvokeOperation(background, input, func(options *oss.Options) {
		options.HttpClient = catcher
		options.AuthMethod = oss.Ptr(oss.AuthMethodQuery)
	}))
	headers := map[string]string{"Content-Type": "text/x-log"}
	answer := contract.Send(http.MethodPost, catcher.url, firstPiece, headers)
	contract.Equal(answer.Status, 200, "the status with the answer "+answer.Body)
	contract.Equal(answer.Headers.Get("x-oss-next-append-position"), "12", "the next position")
	contract.Equal(contentsOf("presigned append"), firstPiece, "the contents")
	return "note: Presign refuses AppendObjectRequest; InvokeOperation with AuthMethodQuery makes the URL"
}
