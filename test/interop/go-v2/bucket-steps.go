package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"annals.example/interop/contract"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func runBucketSteps() {
	contract.Step("create-bucket", func() string {
		name := oss.Ptr("interop-made-here")
		contract.Must(client.PutBucket(background, &oss.PutBucketRequest{Bucket: name}))
		listed := contract.Must(client.ListBuckets(background, &oss.ListBucketsRequest{Prefix: name}))
		contract.Equal(len(listed.Buckets), 1, "the number of buckets with the name")
		contract.Must(client.DeleteBucket(background, &oss.DeleteBucketRequest{Bucket: name}))
		_, err := client.GetBucketInfo(background, &oss.GetBucketInfoRequest{Bucket: name})
		refused(err, "NoSuchBucket")
		return ""
	})
	contract.Step("versioning", keepVersions)
	contract.Step("tagging", func() string {
		putText("labelled", firstPiece)
		key := oss.Ptr("labelled")
		contract.Must(client.PutObjectTagging(background, &oss.PutObjectTaggingRequest{
			Bucket: bucket, Key: key,
			Tagging: &oss.Tagging{TagSet: &oss.TagSet{Tags: []oss.Tag{{Key: oss.Ptr("a b"), Value: oss.Ptr("c=d")}}}},
		}))
		contract.Equal(tagsOf("labelled")["a b"], "c=d", "the tag")
		contract.Must(client.DeleteObjectTagging(background, &oss.DeleteObjectTaggingRequest{Bucket: bucket, Key: key}))
		contract.Equal(len(tagsOf("labelled")), 0, "the number of tags")
		return ""
	})
	contract.Step("symlink", func() string {
		putText("linked/to here", firstPiece)
		contract.Must(client.PutSymlink(background, &oss.PutSymlinkRequest{
			Bucket: bucket, Key: oss.Ptr("link"), Target: oss.Ptr(url.PathEscape("linked/to here")),
		}))
		link := contract.Must(client.GetSymlink(background, &oss.GetSymlinkRequest{Bucket: bucket, Key: oss.Ptr("link")}))
		// The SDK leaves the encoding of the target to its user, in both directions.
		contract.Equal(contract.Must(url.PathUnescape(oss.ToString(link.Target))), "linked/to here", "the target")
		contract.Equal(contentsOf("link"), firstPiece, "the contents")
		return ""
	})
	contract.Step("lifecycle", func() string {
		rules := []oss.LifecycleRule{{
			ID: oss.Ptr("old logs"), Prefix: oss.Ptr("logs/"), Status: oss.Ptr("Enabled"),
			Expiration: &oss.LifecycleRuleExpiration{Days: oss.Ptr(int32(30))},
		}}
		contract.Must(client.PutBucketLifecycle(background, &oss.PutBucketLifecycleRequest{
			Bucket: bucket, LifecycleConfiguration: &oss.LifecycleConfiguration{Rules: rules},
		}))
		set := contract.Must(client.GetBucketLifecycle(background, &oss.GetBucketLifecycleRequest{Bucket: bucket}))
		sameAs(set.LifecycleConfiguration.Rules, rules)
		contract.Must(client.DeleteBucketLifecycle(background, &oss.DeleteBucketLifecycleRequest{Bucket: bucket}))
		_, err := client.GetBucketLifecycle(background, &oss.GetBucketLifecycleRequest{Bucket: bucket})
		refused(err, "NoSuchLifecycle")
		return ""
	})
	contract.Step("cors", func() string {
		rules := []oss.CORSRule{{
			AllowedOrigins: []string{"http://a.example", "http://b.example"}, AllowedMethods: []string{"GET", "POST"},
			AllowedHeaders: []string{"*"}, ExposeHeaders: []string{"x-oss-next-append-position"}, MaxAgeSeconds: oss.Ptr(int64(600)),
		}}
		contract.Must(client.PutBucketCors(background, &oss.PutBucketCorsRequest{
			Bucket: bucket, CORSConfiguration: &oss.CORSConfiguration{CORSRules: rules},
		}))
		set := contract.Must(client.GetBucketCors(background, &oss.GetBucketCorsRequest{Bucket: bucket}))
		sameAs(set.CORSConfiguration.CORSRules, rules)
		contract.Must(client.DeleteBucketCors(background, &oss.DeleteBucketCorsRequest{Bucket: bucket}))
		_, err := client.GetBucketCors(background, &oss.GetBucketCorsRequest{Bucket: bucket})
		refused(err, "NoSuchCORSConfiguration")
		return ""
	})
	contract.Step("bucket-policy", func() string {
		policy := fmt.Sprintf(`{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:GetObject"],"Principal":["*"],`+
			`"Resource":["acs:oss:*:*:%s/public/*"]}]}`, *bucket)
		contract.Must(client.PutBucketPolicy(background, &oss.PutBucketPolicyRequest{Bucket: bucket, Body: reader(policy)}))
		set := contract.Must(client.GetBucketPolicy(background, &oss.GetBucketPolicyRequest{Bucket: bucket}))
		sameAs(fromJson(set.Body), fromJson(policy))
		contract.Must(client.DeleteBucketPolicy(background, &oss.DeleteBucketPolicyRequest{Bucket: bucket}))
		_, err := client.GetBucketPolicy(background, &oss.GetBucketPolicyRequest{Bucket: bucket})
		refused(err, "NoSuchBucketPolicy")
		return ""
	})
}

// keepVersions reads a replaced version by its id, and finds the marker that a delete leaves.
func keepVersions() string {
	name, key := oss.Ptr("interop-versions"), oss.Ptr("versioned")
	contract.Must(client.PutBucket(background, &oss.PutBucketRequest{Bucket: name}))
	contract.Must(client.PutBucketVersioning(background, &oss.PutBucketVersioningRequest{
		Bucket: name, VersioningConfiguration: &oss.VersioningConfiguration{Status: oss.VersionEnabled},
	}))
	status := contract.Must(client.GetBucketVersioning(background, &oss.GetBucketVersioningRequest{Bucket: name}))
	contract.Equal(oss.ToString(status.VersionStatus), "Enabled", "the status")
	put := func(text string) string {
		answer := contract.Must(client.PutObject(background, &oss.PutObjectRequest{Bucket: name, Key: key, Body: strings.NewReader(text)}))
		return oss.ToString(answer.VersionId)
	}
	older, newer := put(firstPiece), put(secondPiece)
	contract.True(older != "" && newer != "" && older != newer, "every put has a version of its own")
	old := &oss.GetObjectRequest{Bucket: name, Key: key, VersionId: oss.Ptr(older)}
	contract.Equal(read(contract.Must(client.GetObject(background, old))), firstPiece, "the older version")
	appended := contract.Must(client.AppendObject(background, &oss.AppendObjectRequest{
		Bucket: name, Key: oss.Ptr("growing"), Position: oss.Ptr(int64(0)), Body: reader(firstPiece),
	}))
	contract.True(oss.ToString(appended.VersionId) != "", "an append tells its version")
	deleted := contract.Must(client.DeleteObject(background, &oss.DeleteObjectRequest{Bucket: name, Key: key}))
	contract.True(deleted.DeleteMarker, "the delete leaves a marker")
	_, err := client.GetObject(background, &oss.GetObjectRequest{Bucket: name, Key: key})
	refused(err, "NoSuchKey")
	contract.Equal(read(contract.Must(client.GetObject(background, old))), firstPiece, "the older version after the delete")
	versions := contract.Must(client.ListObjectVersions(background, &oss.ListObjectVersionsRequest{Bucket: name, Prefix: key}))
	contract.Equal(len(versions.ObjectVersions), 2, "the number of versions")
	contract.Equal(len(versions.ObjectDeleteMarkers), 1, "the number of markers")
	return ""
}

func sameAs(actual, wanted any) {
	if !reflect.DeepEqual(actual, wanted) {
		panic(fmt.Sprintf("What was read is %s, wanted %s", toJson(actual), toJson(wanted)))
	}
}

func toJson(value any) string {
	return string(contract.Must(json.Marshal(value)))
}

func fromJson(text string) any {
	var value any
	contract.NoError(json.Unmarshal([]byte(text), &value))
	return value
}
