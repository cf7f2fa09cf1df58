package main

import (
	"encoding/xml"
	"fmt"
	"net/http"

	"annals.example/interop/contract"
	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

var isTrue, isFalse = true, false

func lifecycleDates() string {
	date := "2030-01-01T00:00:00.000Z"
	rules := []oss.LifecycleRule{
		{
			ID: "dated", Prefix: "a/", Status: "Enabled", Expiration: &oss.LifecycleExpiration{CreatedBeforeDate: date},
			AbortMultipartUpload: &oss.LifecycleAbortMultipartUpload{CreatedBeforeDate: date},
		},
		{ID: "from then on", Prefix: "b/", Status: "Enabled", Expiration: &oss.LifecycleExpiration{Date: date}},
		{
			ID: "aged", Prefix: "c/", Status: "Disabled", Tags: []oss.Tag{{Key: "kind", Value: "log"}},
			Transitions: []oss.LifecycleTransition{
				{Days: 30, StorageClass: oss.StorageIA}, {Days: 180, StorageClass: oss.StorageArchive},
			},
			Expiration: &oss.LifecycleExpiration{Days: 400},
		},
		{
			ID: "versions", Prefix: "d/", Status: "Enabled",
			Expiration:           &oss.LifecycleExpiration{ExpiredObjectDeleteMarker: &isTrue},
			NonVersionExpiration: &oss.LifecycleVersionExpiration{NoncurrentDays: 10},
		},
	}
	contract.NoError(client.SetBucketLifecycle(bucketName, rules))
	sameAs(contract.Must(client.GetBucketLifecycle(bucketName)).Rules, rules)
	contract.NoError(client.DeleteBucketLifecycle(bucketName))
	return ""
}

func inventoryOf(id string) oss.InventoryConfiguration {
	return oss.InventoryConfiguration{
		Id: id, IsEnabled: &isTrue, Prefix: "logs/", Frequency: "Weekly", IncludedObjectVersions: "All",
		OSSBucketDestination: oss.OSSBucketDestination{
			Format: "CSV", AccountId: "1000000000000000", RoleArn: "acs:ram::1000000000000000:role/inventory",
			Bucket: "acs:oss:::" + bucketName, Prefix: "inventories",
			Encryption: &oss.InvEncryption{SseKms: &oss.InvSseKms{KmsId: "default"}},
		},
		OptionalFields: oss.OptionalFields{Field: []string{"Size", "LastModifiedDate", "ETag"}},
	}
}

func inventory() string {
	found := []string{}
	for _, id := range []string{"first", "second"} {
		contract.NoError(client.SetBucketInventory(bucketName, inventoryOf(id)))
		sameAs(contract.Must(client.GetBucketInventory(bucketName, id)), inventoryOf(id))
	}
	listed := contract.Must(client.ListBucketInventory(bucketName, ""))
	for _, one := range listed.InventoryConfiguration {
		found = append(found, one.Id)
	}
	contract.Equal(fmt.Sprint(found, *listed.IsTruncated), "[first second] false", "the list")
	for _, id := range found {
		contract.NoError(client.DeleteBucketInventory(bucketName, id))
	}
	_, err := client.GetBucketInventory(bucketName, "first")
	refused(err, http.StatusNotFound, "NoSuchInventory")
	return ""
}

func mirrorRules() string {
	wanted := oss.WebsiteXML{
		IndexDocument: oss.IndexDocument{Suffix: "index.html"}, ErrorDocument: oss.ErrorDocument{Key: "error.html"},
		RoutingRules: []oss.RoutingRule{
			{
				RuleNumber: 1, Condition: oss.Condition{KeyPrefixEquals: "far/", HTTPErrorCodeReturnedEquals: 404},
				Redirect: oss.Redirect{
					RedirectType: "Mirror", MirrorURL: "https://origin.example/", PassQueryString: &isTrue,
					MirrorPassQueryString: &isTrue, MirrorFollowRedirect: &isTrue, MirrorCheckMd5: &isFalse,
					MirrorHeaders: oss.MirrorHeaders{
						PassAll: &isTrue, Pass: []string{"x-one", "x-two"}, Remove: []string{"x-three"},
						Set: []oss.MirrorHeaderSet{{Key: "x-four", Value: "4"}},
					},
				},
			},
			{
				RuleNumber: 2,
				Condition: oss.Condition{
					KeyPrefixEquals: "moved/", HTTPErrorCodeReturnedEquals: 404,
					IncludeHeader: []oss.IncludeHeader{{Key: "host", Equals: "a.example"}},
				},
				Redirect: oss.Redirect{
					RedirectType: "External", Protocol: "https", HostName: "b.example", HttpRedirectCode: 302,
					ReplaceKeyPrefixWith: "new/", PassQueryString: &isFalse,
				},
			},
		},
	}
	contract.NoError(client.SetBucketWebsiteDetail(bucketName, wanted))
	sameAs(oss.WebsiteXML(contract.Must(client.GetBucketWebsite(bucketName))), wanted)
	contract.NoError(client.DeleteBucketWebsite(bucketName))
	return ""
}

func replication() string {
	control, first, second := "enabled", "a/", "b/"
	rule := oss.ReplicationRule{
		ID: "to-far", RTC: &control, Action: "PUT", HistoricalObjectReplication: "disabled", SyncRole: "replicator",
		PrefixSet:   &oss.ReplicationRulePrefix{Prefix: []*string{&first, &second}},
		Destination: &oss.ReplicationRuleDestination{Bucket: "far-bucket", Location: "oss-cn-beijing", TransferType: "internal"},
	}
	contract.NoError(client.PutBucketReplication(bucketName, toXml(oss.PutBucketReplication{Rule: []oss.ReplicationRule{rule}})))
	var set oss.GetBucketReplicationResult
	contract.NoError(xml.Unmarshal([]byte(contract.Must(client.GetBucketReplication(bucketName))), &set))
	contract.Equal(len(set.Rule), 1, "the number of rules")
	told := set.Rule[0]
	contract.True(told.Status == "starting" || told.Status == "doing", "the status is told, not "+told.Status)
	// Of the time control the answer tells its progress.
	contract.True(*told.RTC == "enabling" || *told.RTC == "enabled", "the time control is told, not "+*told.RTC)
	told.Status, told.RTC = "", rule.RTC
	sameAs(told, rule)
	contract.NoError(client.DeleteBucketReplication(bucketName, "to-far"))
	return ""
}

func qos() string {
	limits := []int{100, 50, 50, 200, 100, -1, 300, -1, 100}
	wanted := oss.BucketQoSConfiguration{
		TotalUploadBandwidth: &limits[0], IntranetUploadBandwidth: &limits[1], ExtranetUploadBandwidth: &limits[2],
		TotalDownloadBandwidth: &limits[3], IntranetDownloadBandwidth: &limits[4], ExtranetDownloadBandwidth: &limits[5],
		TotalQPS: &limits[6], IntranetQPS: &limits[7], ExtranetQPS: &limits[8],
	}
	contract.NoError(client.SetBucketQoSInfo(bucketName, wanted))
	sameAs(contract.Must(client.GetBucketQosInfo(bucketName)), wanted)
	contract.NoError(client.DeleteBucketQosInfo(bucketName))
	return ""
}

func corsVary() string {
	wanted := oss.PutBucketCORS{ResponseVary: &isTrue, CORSRules: []oss.CORSRule{
		{
			AllowedOrigin: []string{"https://a.example", "https://*.b.example"}, AllowedMethod: []string{"GET", "PUT"},
			AllowedHeader: []string{"*"}, ExposeHeader: []string{"etag", "x-oss-request-id"}, MaxAgeSeconds: 100,
		},
		{AllowedOrigin: []string{"*"}, AllowedMethod: []string{"HEAD"}},
	}}
	contract.NoError(client.SetBucketCORSV2(bucketName, wanted))
	sameAs(oss.PutBucketCORS(contract.Must(client.GetBucketCORS(bucketName))), wanted)
	contract.NoError(client.DeleteBucketCORS(bucketName))
	return ""
}
