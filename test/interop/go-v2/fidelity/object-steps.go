package main

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"annals.example/interop/contract"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func uploadEmptyFile() string {
	path := filepath.Join(contract.Environment("SCRATCH"), "empty")
	contract.NoError(os.WriteFile(path, nil, 0o600))
	uploader := client.NewUploader(func(options *oss.UploaderOptions) {
		options.EnableCheckpoint = true
		options.CheckpointDir = contract.Environment("SCRATCH")
	})
	contract.Must(uploader.UploadFile(background, &oss.PutObjectRequest{Bucket: bucket, Key: oss.Ptr("empty")}, path))
	noParts := oss.Ptr("no parts")
	begun := contract.Must(client.InitiateMultipartUpload(background, &oss.InitiateMultipartUploadRequest{Bucket: bucket, Key: noParts}))
	contract.Must(client.CompleteMultipartUpload(background, &oss.CompleteMultipartUploadRequest{
		Bucket: bucket, Key: noParts, UploadId: begun.UploadId, CompleteMultipartUpload: &oss.CompleteMultipartUpload{},
	}))
	for key, kind := range map[string]string{"empty": "Normal", "no parts": "Multipart"} {
		found := head(bucket, key)
		contract.Equal(contentsOf(bucket, key), "", "the contents of "+key)
		contract.Equal(found.ContentLength, int64(0), "the length of "+key)
		contract.Equal(*found.ObjectType, kind, "the type of "+key)
	}
	return "note: the uploader puts an empty file; completed without parts by the single calls"
}

func multipartSequential() string {
	key := oss.Ptr("sequential")
	request := &oss.InitiateMultipartUploadRequest{Bucket: bucket, Key: key}
	request.Parameters = map[string]string{"sequential": ""}
	begun := contract.Must(client.InitiateMultipartUpload(background, request))
	pieceOf := func(number int32) []byte { return bytes.Repeat([]byte{byte(number)}, partLength) }
	send := func(number int32) (*oss.UploadPartResult, error) {
		return client.UploadPart(background, &oss.UploadPartRequest{
			Bucket: bucket, Key: key, UploadId: begun.UploadId, PartNumber: number, Body: bytes.NewReader(pieceOf(number)),
		})
	}
	parts, whole := []oss.UploadPart{}, []byte{}
	for number := int32(1); number <= 3; number++ {
		if number == 2 {
			_, err := send(3)
			refused(err, http.StatusBadRequest, "PartNotSequential")
		}
		parts = append(parts, oss.UploadPart{PartNumber: number, ETag: contract.Must(send(number)).ETag})
		whole = append(whole, pieceOf(number)...)
	}
	contract.Must(client.CompleteMultipartUpload(background, &oss.CompleteMultipartUploadRequest{
		Bucket: bucket, Key: key, UploadId: begun.UploadId, CompleteMultipartUpload: &oss.CompleteMultipartUpload{Parts: parts},
	}))
	contract.True(contentsOf(bucket, *key) == string(whole), "the contents are as sent")
	digest := md5.Sum(whole)
	contract.Equal(oss.ToString(head(bucket, *key).ContentMD5), base64.StdEncoding.EncodeToString(digest[:]), "Content-MD5")
	return ""
}

func setMetaVersioned() string {
	name, key := versionedBucket("interop-meta"), oss.Ptr("k")
	old := contract.Must(client.PutObject(background, &oss.PutObjectRequest{
		Bucket: name, Key: key, Body: strings.NewReader("contents"), ContentType: oss.Ptr("text/x-log"),
		Acl: oss.ObjectACLPrivate, Metadata: map[string]string{"a": "old"},
	}))
	changed := contract.Must(client.CopyObject(background, &oss.CopyObjectRequest{
		Bucket: name, Key: key, SourceKey: key, MetadataDirective: oss.Ptr("REPLACE"), Metadata: map[string]string{"a": "new"},
	}))
	found := head(name, "k")
	contract.True(oss.ToString(changed.VersionId) != oss.ToString(old.VersionId), "the change makes a version")
	contract.Equal(oss.ToString(found.VersionId), oss.ToString(changed.VersionId), "the current version")
	contract.Equal(found.Metadata["a"], "new", "the metadata")
	contract.Equal(oss.ToString(found.ContentType), "text/x-log", "the type")
	contract.Equal(contentsOf(name, "k"), "contents", "the contents")
	acl := contract.Must(client.GetObjectAcl(background, &oss.GetObjectAclRequest{Bucket: name, Key: key}))
	contract.Equal(oss.ToString(acl.ACL), "private", "the ACL")
	before := contract.Must(client.HeadObject(background, &oss.HeadObjectRequest{Bucket: name, Key: key, VersionId: old.VersionId}))
	contract.Equal(before.Metadata["a"], "old", "the metadata of the old version")
	return ""
}

func copyLargeVersion() string {
	name := versionedBucket("interop-large")
	body := strings.Builder{}
	for number := 0; body.Len() < 3*partLength; number++ {
		fmt.Fprintf(&body, "%08d", number)
	}
	old := contract.Must(client.PutObject(background, &oss.PutObjectRequest{
		Bucket: name, Key: oss.Ptr("large"), Body: strings.NewReader(body.String()), Metadata: map[string]string{"a": "b"},
	}))
	put(name, "large", "newer")
	copier := client.NewCopier(func(options *oss.CopierOptions) {
		options.PartSize, options.MultipartCopyThreshold, options.DisableShallowCopy = partLength, partLength, true
	})
	contract.Must(copier.Copy(background, &oss.CopyObjectRequest{
		Bucket: name, Key: oss.Ptr("copy"), SourceKey: oss.Ptr("large"), SourceVersionId: old.VersionId,
	}))
	contract.True(contentsOf(name, "copy") == body.String(), "the copy has the contents of the old version")
	found := head(name, "copy")
	contract.Equal(oss.ToString(found.ObjectType), "Multipart", "the type")
	contract.Equal(found.Metadata["a"], "b", "the metadata")
	return ""
}

func listControlCharacters() string {
	wanted := []string{}
	for _, character := range []string{"\x01", "\t", "\n", "\r", "\x1f", "&<>\"'", "+ %"} {
		wanted = append(wanted, "control/"+character+"key")
	}
	sort.Strings(wanted)
	for _, key := range wanted {
		put(bucket, key, "x")
	}
	prefix, found := oss.Ptr("control/"), []string{}
	newPages := client.NewListObjectsV2Paginator(&oss.ListObjectsV2Request{Bucket: bucket, Prefix: prefix, MaxKeys: 2})
	for newPages.HasNext() {
		for _, object := range contract.Must(newPages.NextPage(background)).Contents {
			found = append(found, oss.ToString(object.Key))
		}
	}
	sameAs(found, wanted)
	found = []string{}
	pages := client.NewListObjectsPaginator(&oss.ListObjectsRequest{Bucket: bucket, Prefix: prefix, MaxKeys: 2})
	for pages.HasNext() {
		for _, object := range contract.Must(pages.NextPage(background)).Contents {
			found = append(found, oss.ToString(object.Key))
		}
	}
	sameAs(found, wanted)
	for _, key := range wanted {
		contract.Must(client.DeleteObject(background, &oss.DeleteObjectRequest{Bucket: bucket, Key: oss.Ptr(key)}))
	}
	left := contract.Must(client.ListObjectsV2(background, &oss.ListObjectsV2Request{Bucket: bucket, Prefix: prefix}))
	contract.Equal(len(left.Contents), 0, "the number of keys left")
	return ""
}

func copyConditional() string {
	etag := put(bucket, "source", "source").ETag
	past, future := httpDate(-24*time.Hour), httpDate(24*time.Hour)
	copyWith := func(request oss.CopyObjectRequest) (*oss.CopyObjectResult, error) {
		request.Bucket, request.Key, request.SourceKey = bucket, oss.Ptr("target"), oss.Ptr("source")
		return client.CopyObject(background, &request)
	}
	other := oss.Ptr(`"other"`)
	for _, request := range []oss.CopyObjectRequest{{IfMatch: etag}, {IfNoneMatch: other}, {IfModifiedSince: past}, {IfUnmodifiedSince: future}} {
		contract.Equal(oss.ToString(contract.Must(copyWith(request)).ETag), oss.ToString(etag), "the ETag of the copy")
	}
	for _, request := range []oss.CopyObjectRequest{{IfMatch: other}, {IfUnmodifiedSince: past}} {
		_, err := copyWith(request)
		refused(err, http.StatusPreconditionFailed, "PreconditionFailed")
	}
	for _, request := range []oss.CopyObjectRequest{{IfNoneMatch: etag}, {IfModifiedSince: future}} {
		_, err := copyWith(request)
		refused(err, http.StatusNotModified, "")
	}
	return ""
}

func httpDate(fromNow time.Duration) *string {
	return oss.Ptr(time.Now().Add(fromNow).UTC().Format(http.TimeFormat))
}

func rangeIfRange() string {
	old, current := put(bucket, "joined", "0123456789").ETag, put(bucket, "joined", "abcdefghij").ETag
	rest := func(etag *string) string {
		request := &oss.GetObjectRequest{Bucket: bucket, Key: oss.Ptr("joined"), Range: oss.Ptr("bytes=5-")}
		request.Headers = map[string]string{"If-Range": oss.ToString(etag)}
		answer := contract.Must(client.GetObject(background, request))
		return fmt.Sprint(answer.StatusCode, " ", read(answer))
	}
	contract.Equal(rest(old), "200 abcdefghij", "the answer to the old ETag")
	contract.Equal(rest(current), "206 fghij", "the answer to the new ETag")
	return ""
}
