package main

import (
	"errors"
	"net/http"

	"annals.example/interop/contract"
	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

func runAccessSteps() {
	contract.Step("presigned-put", func() string {
		headers := map[string]string{"Content-Type": "text/x-log"}
		url := contract.Must(bucket.SignURL("presigned put", oss.HTTPPut, 60, oss.ContentType("text/x-log")))
		answer := contract.Send(http.MethodPut, url, firstPiece, headers)
		contract.Equal(answer.Status, 200, "the status with the answer "+answer.Body)
		contract.Equal(contentsOf("presigned put"), firstPiece, "the contents")
		contract.Equal(contract.Send(http.MethodDelete, url, "", headers).Status, 403, "the status of another method")
		return ""
	})
	contract.Step("presigned-get", func() string {
		url := contract.Must(bucket.SignURL(growingKey, oss.HTTPGet, 60))
		answer := contract.Send(http.MethodGet, url, "", nil)
		contract.Equal(answer.Status, 200, "the status with the answer "+answer.Body)
		contract.Equal(answer.Body, contentsOf(growingKey), "the contents")
		return ""
	})
	contract.Step("presigned-append", func() string {
		url := contract.Must(bucket.SignURL("presigned append", oss.HTTPPost, 60,
			oss.AddParam("append", ""), oss.AddParam("position", "0")))
		answer := contract.Send(http.MethodPost, url, firstPiece, nil)
		contract.Equal(answer.Status, 200, "the status with the answer "+answer.Body)
		contract.Equal(answer.Headers.Get("x-oss-next-append-position"), "12", "the next position")
		contract.Equal(contentsOf("presigned append"), firstPiece, "the contents")
		return ""
	})
	contract.Step("sts", func() string {
		id := contract.Required("STS_ACCESS_KEY_ID", "STS_MISSING")
		secret := contract.Required("STS_ACCESS_KEY_SECRET", "STS_MISSING")
		token := contract.Required("STS_SECURITY_TOKEN", "STS_MISSING")
		temporary := contract.Must(connect(id, secret, oss.SecurityToken(token)).Bucket(bucketName))
		contract.Must(temporary.AppendObject("temporary", reader(firstPiece), 0))
		contract.Equal(contentsIn(temporary, "temporary"), firstPiece, "the contents")
		_, err := contract.Must(connect(id, secret).Bucket(bucketName)).GetObject("temporary")
		var serviceError oss.ServiceError
		contract.True(errors.As(err, &serviceError), "the service refuses the keys without their token")
		contract.Equal(serviceError.StatusCode, 403, "the status without the token")
		return ""
	})
	contract.Step("policy-denial", func() string {
		readingOnly := contract.Must(connect(
			contract.Required("READER_ACCESS_KEY_ID", "READER_MISSING"),
			contract.Required("READER_ACCESS_KEY_SECRET", "READER_MISSING"),
		).Bucket(bucketName))
		contract.Equal(contentsIn(readingOnly, growingKey), contentsOf(growingKey), "what the user reads")
		_, err := readingOnly.AppendObject("denied", reader("lost"), 0)
		contract.Equal(refused(err, "AccessDenied").StatusCode, 403, "the status")
		return ""
	})
}
