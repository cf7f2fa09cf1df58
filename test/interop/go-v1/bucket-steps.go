package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"

	"annals.example/interop/contract"
	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

func runBucketSteps() {
	contract.Step("create-bucket", func() string {
		contract.NoError(client.CreateBucket("interop-made-here"))
		listed := contract.Must(client.ListBuckets(oss.Prefix("interop-made-here")))
		contract.Equal(len(listed.Buckets), 1, "the number of buckets with the name")
		contract.NoError(client.DeleteBucket("interop-made-here"))
		contract.True(!contract.Must(client.IsBucketExist("interop-made-here")), "the deleted bucket is gone")
		return ""
	})
	contract.Step("versioning", keepVersions)
	contract.Step("tagging", func() string {
		putText("labelled", firstPiece)
		contract.NoError(bucket.PutObjectTagging("labelled", oss.Tagging{Tags: []oss.Tag{{Key: "a b", Value: "c=d"}}}))
		contract.Equal(tagsOf("labelled")["a b"], "c=d", "the tag")
		contract.NoError(bucket.DeleteObjectTagging("labelled"))
		contract.Equal(len(tagsOf("labelled")), 0, "the number of tags")
		return ""
	})
	contract.Step("symlink", func() string {
		putText("linked/to here", firstPiece)
		contract.NoError(bucket.PutSymlink("link", "linked/to here"))
		link := contract.Must(bucket.GetSymlink("link"))
		contract.Equal(link.Get(oss.HTTPHeaderOssSymlinkTarget), "linked/to here", "the target")
		contract.Equal(contentsOf("link"), firstPiece, "the contents")
		return ""
	})
	contract.Step("lifecycle", func() string {
		rules := []oss.LifecycleRule{oss.BuildLifecycleRuleByDays("old logs", "logs/", true, 30)}
		contract.NoError(client.SetBucketLifecycle(bucketName, rules))
		set := contract.Must(client.GetBucketLifecycle(bucketName))
		contract.Equal(len(set.Rules), 1, "the number of rules")
		read := set.Rules[0]
		contract.Equal(fmt.Sprint(read.ID, "|", read.Prefix, "|", read.Status, "|", read.Expiration.Days), "old logs|logs/|Enabled|30", "the rule")
		contract.NoError(client.DeleteBucketLifecycle(bucketName))
		_, err := client.GetBucketLifecycle(bucketName)
		refused(err, "NoSuchLifecycle")
		return ""
	})
	contract.Step("cors", func() string {
		rules := []oss.CORSRule{{
			AllowedOrigin: []string{"http://a.example", "http://b.example"}, AllowedMethod: []string{"GET", "POST"},
			AllowedHeader: []string{"*"}, ExposeHeader: []string{"x-oss-next-append-position"}, MaxAgeSeconds: 600,
		}}
		contract.NoError(client.SetBucketCORS(bucketName, rules))
		set := contract.Must(client.GetBucketCORS(bucketName))
		contract.Equal(len(set.CORSRules), 1, "the number of rules")
		set.CORSRules[0].XMLName = rules[0].XMLName
		sameAs(set.CORSRules, rules)
		contract.NoError(client.DeleteBucketCORS(bucketName))
		_, err := client.GetBucketCORS(bucketName)
		refused(err, "NoSuchCORSConfiguration")
		return ""
	})
	contract.Step("bucket-policy", func() string {
		policy := fmt.Sprintf(`{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:GetObject"],"Principal":["*"],`+
			`"Resource":["acs:oss:*:*:%s/public/*"]}]}`, bucketName)
		contract.NoError(client.SetBucketPolicy(bucketName, policy))
		sameAs(fromJson(contract.Must(client.GetBucketPolicy(bucketName))), fromJson(policy))
		contract.NoError(client.DeleteBucketPolicy(bucketName))
		_, err := client.GetBucketPolicy(bucketName)
		refused(err, "NoSuchBucketPolicy")
		return ""
	})
}

// keepVersions reads a replaced version by its id, and finds the marker that a delete leaves.
func keepVersions() string {
	const name = "interop-versions"
	contract.NoError(client.CreateBucket(name))
	contract.NoError(client.SetBucketVersioning(name, oss.VersioningConfig{Status: "Enabled"}))
	contract.Equal(contract.Must(client.GetBucketVersioning(name)).Status, "Enabled", "the status")
	place := contract.Must(client.Bucket(name))
	var answer http.Header
	put := func(text string) string {
		contract.NoError(place.PutObject("versioned", reader(text), oss.GetResponseHeader(&answer)))
		return oss.GetVersionId(answer)
	}
	older, newer := put(firstPiece), put(secondPiece)
	contract.True(older != "" && newer != "" && older != newer, "every put has a version of its own")
	contract.Equal(contentsIn(place, "versioned", oss.VersionId(older)), firstPiece, "the older version")
	contract.Must(place.AppendObject("growing", reader(firstPiece), 0, oss.GetResponseHeader(&answer)))
	contract.True(oss.GetVersionId(answer) != "", "an append tells its version")
	contract.NoError(place.DeleteObject("versioned", oss.GetResponseHeader(&answer)))
	contract.True(oss.GetDeleteMark(answer), "the delete leaves a marker")
	_, err := place.GetObject("versioned")
	refused(err, "NoSuchKey")
	contract.Equal(contentsIn(place, "versioned", oss.VersionId(older)), firstPiece, "the older version after the delete")
	versions := contract.Must(place.ListObjectVersions(oss.Prefix("versioned")))
	contract.Equal(len(versions.ObjectVersions), 2, "the number of versions")
	contract.Equal(len(versions.ObjectDeleteMarkers), 1, "the number of markers")
	return ""
}

func sameAs(actual, wanted any) {
	if !reflect.DeepEqual(actual, wanted) {
		panic(fmt.Sprintf("What was read is %+v, wanted %+v", actual, wanted))
	}
}

func fromJson(text string) any {
	var value any
	contract.NoError(json.Unmarshal([]byte(text), &value))
	return value
}
