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
	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

func uploadEmptyFile() string {
	path := filepath.Join(contract.Environment("SCRATCH"), "empty")
	contract.NoError(os.WriteFile(path, nil, 0o600))
	contract.NoError(bucket.UploadFile("empty", path, partLength, oss.Checkpoint(true, path+".cp")))
	begun := contract.Must(bucket.InitiateMultipartUpload("no parts"))
	contract.Must(bucket.CompleteMultipartUpload(begun, nil))
	// The ETag of parts tells their number.
	etag := contract.Must(bucket.GetObjectDetailedMeta("no parts")).Get("Etag")
	for _, key := range []string{"empty", "no parts"} {
		contract.Equal(contentsOf(bucket, key), "", "the contents of "+key)
		found := contract.Must(bucket.GetObjectDetailedMeta(key))
		contract.Equal(found.Get("Etag"), etag, "the ETag of "+key)
		contract.Equal(found.Get("Content-Length")+" "+found.Get("X-Oss-Object-Type"), "0 Multipart", "the length and type of "+key)
	}
	return "note: UploadFile() completes an upload without parts"
}

func multipartSequential() string {
	begun := contract.Must(bucket.InitiateMultipartUpload("sequential", oss.Sequential()))
	pieceOf := func(number int) []byte { return bytes.Repeat([]byte{byte(number)}, partLength) }
	send := func(number int) (oss.UploadPart, error) {
		return bucket.UploadPart(begun, bytes.NewReader(pieceOf(number)), partLength, number)
	}
	parts, whole := []oss.UploadPart{}, []byte{}
	for number := 1; number <= 3; number++ {
		if number == 2 {
			_, err := send(3)
			refused(err, http.StatusBadRequest, "PartNotSequential")
		}
		parts = append(parts, contract.Must(send(number)))
		whole = append(whole, pieceOf(number)...)
	}
	contract.Must(bucket.CompleteMultipartUpload(begun, parts))
	contract.True(contentsOf(bucket, "sequential") == string(whole), "the contents are as sent")
	digest := md5.Sum(whole)
	contract.Equal(contract.Must(bucket.GetObjectDetailedMeta("sequential")).Get("Content-MD5"), base64.StdEncoding.EncodeToString(digest[:]), "Content-MD5")
	return ""
}

func setMetaVersioned() string {
	place := versionedBucket("interop-meta")
	old := oss.GetVersionId(put(place, "k", "contents", oss.Meta("a", "old"), oss.ContentType("text/x-log"), oss.ObjectACL(oss.ACLPrivate)))
	contract.NoError(place.SetObjectMeta("k", oss.Meta("a", "new")))
	found := contract.Must(place.GetObjectDetailedMeta("k"))
	contract.True(oss.GetVersionId(found) != old, "the change makes a version")
	contract.Equal(found.Get("x-oss-meta-a"), "new", "the metadata")
	contract.Equal(found.Get("Content-Type"), "text/x-log", "the type")
	contract.Equal(contentsOf(place, "k"), "contents", "the contents")
	contract.Equal(contract.Must(place.GetObjectACL("k")).ACL, "private", "the ACL")
	before := contract.Must(place.GetObjectDetailedMeta("k", oss.VersionId(old)))
	contract.Equal(before.Get("x-oss-meta-a"), "old", "the metadata of the old version")
	return ""
}

func copyLargeVersion() string {
	place := versionedBucket("interop-large")
	body := strings.Builder{}
	for number := 0; body.Len() < 3*partLength; number++ {
		fmt.Fprintf(&body, "%08d", number)
	}
	old := oss.GetVersionId(put(place, "large", body.String(), oss.Meta("a", "b")))
	put(place, "large", "newer")
	contract.NoError(place.CopyFile("interop-large", "large", "copy", partLength, oss.VersionId(old)))
	contract.True(contentsOf(place, "copy") == body.String(), "the copy has the contents of the old version")
	contract.Equal(contract.Must(place.GetObjectDetailedMeta("copy")).Get("x-oss-object-type"), "Multipart", "the type")
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
	found, token := []string{}, ""
	for isMore := true; isMore; {
		page := contract.Must(bucket.ListObjectsV2(oss.Prefix("control/"), oss.MaxKeys(2), oss.ContinuationToken(token)))
		for _, object := range page.Objects {
			found = append(found, object.Key)
		}
		isMore, token = page.IsTruncated, page.NextContinuationToken
	}
	contract.Equal(fmt.Sprintf("%q", found), fmt.Sprintf("%q", wanted), "the keys of ListObjectsV2")
	found, marker := []string{}, ""
	for isMore := true; isMore; {
		page := contract.Must(bucket.ListObjects(oss.Prefix("control/"), oss.MaxKeys(2), oss.Marker(marker)))
		for _, object := range page.Objects {
			found = append(found, object.Key)
		}
		isMore, marker = page.IsTruncated, page.NextMarker
	}
	contract.Equal(fmt.Sprintf("%q", found), fmt.Sprintf("%q", wanted), "the keys of ListObjects")
	for _, key := range wanted {
		contract.NoError(bucket.DeleteObject(key))
	}
	contract.Equal(len(contract.Must(bucket.ListObjectsV2(oss.Prefix("control/"))).Objects), 0, "the number of keys left")
	return ""
}

func copyConditional() string {
	etag := put(bucket, "source", "source").Get("ETag")
	past, future := time.Now().Add(-24*time.Hour), time.Now().Add(24*time.Hour)
	for _, condition := range []oss.Option{
		oss.CopySourceIfMatch(etag), oss.CopySourceIfNoneMatch(`"other"`),
		oss.CopySourceIfModifiedSince(past), oss.CopySourceIfUnmodifiedSince(future),
	} {
		contract.Equal(contract.Must(bucket.CopyObject("source", "target", condition)).ETag, etag, "the ETag of the copy")
	}
	for _, condition := range []oss.Option{oss.CopySourceIfMatch(`"other"`), oss.CopySourceIfUnmodifiedSince(past)} {
		_, err := bucket.CopyObject("source", "target", condition)
		refused(err, http.StatusPreconditionFailed, "PreconditionFailed")
	}
	for _, condition := range []oss.Option{oss.CopySourceIfNoneMatch(etag), oss.CopySourceIfModifiedSince(future)} {
		_, err := bucket.CopyObject("source", "target", condition)
		// The SDK tells a status without a document in words.
		contract.True(err != nil && strings.Contains(err.Error(), "304"), fmt.Sprintf("the copy ends with 304, not with %v", err))
	}
	return ""
}

func rangeIfRange() string {
	old, current := put(bucket, "joined", "0123456789").Get("ETag"), put(bucket, "joined", "abcdefghij").Get("ETag")
	rest := func(etag string) string {
		return contentsOf(bucket, "joined", oss.NormalizedRange("5-"), oss.SetHeader("If-Range", etag))
	}
	contract.Equal(rest(old), "abcdefghij", "the answer to the old ETag")
	contract.Equal(rest(current), "fghij", "the answer to the new ETag")
	return ""
}
