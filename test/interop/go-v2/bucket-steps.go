package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"annals.example/interop/go-harness"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func runBucketSteps() {
	harness.Step("create-bucket", func() string {
		name := oss.Ptr("interop-made-here")
		harness.Must(client.PutBucket(background, &oss.PutBucketRequest{Bucket: name}))
		listed := harness.Must(client.ListBuckets(background, &oss.ListBucketsRequest{Prefix: name}))
		harness.Equal(len(listed.Buckets), 1, "the number of buckets with the name")
		harness.Must(client.DeleteBucket(background, &oss.DeleteBucketRequest{Bucket: name}))
		_, err := client.GetBucketInfo(background, &oss.GetBucketInfoRequest{Bucket: name})
		refused(err, "NoSuchBucket")
		return ""
	})
	harness.Step("versioning", keepVersions)
	harness.Step("tagging", func() string {
		putText("labelled", firstPiece)
		key := oss.Ptr("labelled")
		harness.Must(client.PutObjectTagging(background, &oss.PutObjectTaggingRequest{
			Bucket: bucket, Key: key,
			Tagging: &oss.Tagging{TagSet: &oss.TagSet{Tags: []oss.Tag{{Key: oss.Ptr("a b"), Value: oss.Ptr("c=d")}}}},
		}))
		harness.Equal(tagsOf("labelled")["a b"], "c=d", "the tag")
		harness.Must(client.DeleteObjectTagging(background, &oss.DeleteObjectTaggingRequest{Bucket: bucket, Key: key}))
		harness.Equal(len(tagsOf("labelled")), 0, "the number of tags")
		return ""
	})
	harness.Step("symlink", func() string {
		putText("linked/to here", firstPiece)
		harness.Must(client.PutSymlink(background, &oss.PutSymlinkRequest{
			Bucket: bucket, Key: oss.Ptr("link"), Target: oss.Ptr("linked/to here"),
		}))
		link := harness.Must(client.GetSymlink(background, &oss.GetSymlinkRequest{Bucket: bucket, Key: oss.Ptr("link")}))
		harness.Equal(oss.ToString(link.Target), "linked/to here", "the target")
		harness.Equal(contentsOf("link"), firstPiece, "the contents")
		return ""
	})
	harness.Step("lifecycle", func() string {
		rules := []oss.LifecycleRule{{
			ID: oss.Ptr("old logs"), Prefix: oss.Ptr("logs/"), Status: oss.Ptr("Enabled"),
			Expiration: &oss.LifecycleRuleExpiration{Days: oss.Ptr(int32(30))},
		}}
		harness.Must(client.PutBucketLifecycle(background, &oss.PutBucketLifecycleRequest{
			Bucket: bucket, LifecycleConfiguration: &oss.LifecycleConfiguration{Rules: rules},
		}))
		set := harness.Must(client.GetBucketLifecycle(background, &oss.GetBucketLifecycleRequest{Bucket: bucket}))
		sameAs(set.LifecycleConfiguration.Rules, rules)
		harness.Must(client.DeleteBucketLifecycle(background, &oss.DeleteBucketLifecycleRequest{Bucket: bucket}))
		_, err := client.GetBucketLifecycle(background, &oss.GetBucketLifecycleRequest{Bucket: bucket})
		refused(err, "NoSuchLifecycle")
		return ""
	})
	harness.Step("cors", func() string {
		rules := []oss.CORSRule{{
			AllowedOrigins: []string{"http://a.example", "http://b.example"}, AllowedMethods: []string{"GET", "POST"},
			AllowedHeaders: []string{"*"}, ExposeHeaders: []string{"x-oss-next-append-position"}, MaxAgeSeconds: oss.Ptr(int64(600)),
		}}
		harness.Must(client.PutBucketCors(background, &oss.PutBucketCorsRequest{
			Bucket: bucket, CORSConfiguration: &oss.CORSConfiguration{CORSRules: rules},
		}))
		set := harness.Must(client.GetBucketCors(background, &oss.GetBucketCorsRequest{Bucket: bucket}))
		sameAs(set.CORSConfiguration.CORSRules, rules)
		harness.Must(client.DeleteBucketCors(background, &oss.DeleteBucketCorsRequest{Bucket: bucket}))
		_, err := client.GetBucketCors(background, &oss.GetBucketCorsRequest{Bucket: bucket})
		refused(err, "NoSuchCORSConfiguration")
		return ""
	})
	harness.Step("bucket-policy", func() string {
		policy := fmt.Sprintf(`{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:GetObject"],"Principal":["*"],`+
			`"Resource":["acs:oss:*:*:%s/public/*"]}]}`, *bucket)
		harness.Must(client.PutBucketPolicy(background, &oss.PutBucketPolicyRequest{Bucket: bucket, Body: reader(policy)}))
		set := harness.Must(client.GetBucketPolicy(background, &oss.GetBucketPolicyRequest{Bucket: bucket}))
		sameAs(fromJson(set.Body), fromJson(policy))
		harness.Must(client.DeleteBucketPolicy(background, &oss.DeleteBucketPolicyRequest{Bucket: bucket}))
		_, err := client.GetBucketPolicy(background, &oss.GetBucketPolicyRequest{Bucket: bucket})
		refused(err, "NoSuchBucketPolicy")
		return ""
	})
}

// keepVersions reads a replaced version by its id, and finds the marker that a delete leaves.
func keepVersions() string {
	name, key := oss.Ptr("interop-versions"), oss.Ptr("versioned")
	harness.Must(client.PutBucket(background, &oss.PutBucketRequest{Bucket: name}))
	harness.Must(client.PutBucketVersioning(background, &oss.PutBucketVersioningRequest{
		Bucket: name, VersioningConfiguration: &oss.VersioningConfiguration{Status: oss.VersionEnabled},
	}))
	status := harness.Must(client.GetBucketVersioning(background, &oss.GetBucketVersioningRequest{Bucket: name}))
	harness.Equal(oss.ToString(status.VersionStatus), "Enabled", "the status")
	put := func(text string) string {
		answer := harness.Must(client.PutObject(background, &oss.PutObjectRequest{Bucket: name, Key: key, Body: strings.NewReader(text)}))
		return oss.ToString(answer.VersionId)
	}
	older, newer := put(firstPiece), put(secondPiece)
	harness.True(older != "" && newer != "" && older != newer, "every put has a version of its own")
	old := &oss.GetObjectRequest{Bucket: name, Key: key, VersionId: oss.Ptr(older)}
	harness.Equal(read(harness.Must(client.GetObject(background, old))), firstPiece, "the older version")
	appended := harness.Must(client.AppendObject(background, &oss.AppendObjectRequest{
		Bucket: name, Key: oss.Ptr("growing"), Position: oss.Ptr(int64(0)), Body: reader(firstPiece),
	}))
	harness.True(oss.ToString(appended.VersionId) != "", "an append tells its version")
	deleted := harness.Must(client.DeleteObject(background, &oss.DeleteObjectRequest{Bucket: name, Key: key}))
	harness.True(deleted.DeleteMarker, "the delete leaves a marker")
	_, err := client.GetObject(background, &oss.GetObjectRequest{Bucket: name, Key: key})
	refused(err, "NoSuchKey")
	harness.Equal(read(harness.Must(client.GetObject(background, old))), firstPiece, "the older version after the delete")
	versions := harness.Must(client.ListObjectVersions(background, &oss.ListObjectVersionsRequest{Bucket: name, Prefix: key}))
	harness.Equal(len(versions.ObjectVersions), 2, "the number of versions")
	harness.Equal(len(versions.ObjectDeleteMarkers), 1, "the number of markers")
	return ""
}

func sameAs(actual, wanted any) {
	if !reflect.DeepEqual(actual, wanted) {
		panic(fmt.Sprintf("What was read is %s, wanted %s", toJson(actual), toJson(wanted)))
	}
}

func toJson(value any) string {
	return string(harness.Must(json.Marshal(value)))
}

func fromJson(text string) any {
	var value any
	harness.NoError(json.Unmarshal([]byte(text), &value))
	return value
}
