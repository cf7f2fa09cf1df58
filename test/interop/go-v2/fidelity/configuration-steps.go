package main

import (
	"net/http"

	"annals.example/interop/contract"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func lifecycleDates() string {
	date := oss.Ptr("2030-01-01T00:00:00.000Z")
	rules := []oss.LifecycleRule{
		{
			ID: oss.Ptr("dated"), Prefix: oss.Ptr("a/"), Status: oss.Ptr("Enabled"),
			Expiration:           &oss.LifecycleRuleExpiration{CreatedBeforeDate: date},
			AbortMultipartUpload: &oss.LifecycleRuleAbortMultipartUpload{CreatedBeforeDate: date},
		},
		{
			ID: oss.Ptr("from then on"), Prefix: oss.Ptr("b/"), Status: oss.Ptr("Enabled"),
			Expiration: &oss.LifecycleRuleExpiration{Date: date},
		},
		{
			ID: oss.Ptr("aged"), Prefix: oss.Ptr("c/"), Status: oss.Ptr("Disabled"),
			Tags: []oss.Tag{{Key: oss.Ptr("kind"), Value: oss.Ptr("log")}},
			Transitions: []oss.LifecycleRuleTransition{
				{Days: oss.Ptr(int32(30)), StorageClass: oss.StorageClassIA}, {Days: oss.Ptr(int32(180)), StorageClass: oss.StorageClassArchive},
			},
			Expiration: &oss.LifecycleRuleExpiration{Days: oss.Ptr(int32(400))},
		},
		{
			ID: oss.Ptr("versions"), Prefix: oss.Ptr("d/"), Status: oss.Ptr("Enabled"),
			Expiration:                  &oss.LifecycleRuleExpiration{ExpiredObjectDeleteMarker: oss.Ptr(true)},
			NoncurrentVersionExpiration: &oss.NoncurrentVersionExpiration{NoncurrentDays: oss.Ptr(int32(10))},
		},
	}
	contract.Must(client.PutBucketLifecycle(background, &oss.PutBucketLifecycleRequest{
		Bucket: bucket, LifecycleConfiguration: &oss.LifecycleConfiguration{Rules: rules},
	}))
	set := contract.Must(client.GetBucketLifecycle(background, &oss.GetBucketLifecycleRequest{Bucket: bucket}))
	sameAs(set.LifecycleConfiguration.Rules, rules)
	contract.Must(client.DeleteBucketLifecycle(background, &oss.DeleteBucketLifecycleRequest{Bucket: bucket}))
	return ""
}

func inventoryOf(id string) *oss.InventoryConfiguration {
	return &oss.InventoryConfiguration{
		Id: oss.Ptr(id), IsEnabled: oss.Ptr(true), IncludedObjectVersions: oss.Ptr("All"),
		Filter: &oss.InventoryFilter{
			Prefix: oss.Ptr("logs/"), StorageClass: oss.Ptr("Standard,IA"),
			LowerSizeBound: oss.Ptr(int64(1024)), UpperSizeBound: oss.Ptr(int64(1048576)),
		},
		Destination: &oss.InventoryDestination{OSSBucketDestination: &oss.InventoryOSSBucketDestination{
			Format: oss.InventoryFormatCSV, AccountId: oss.Ptr("1000000000000000"),
			RoleArn: oss.Ptr("acs:ram::1000000000000000:role/inventory"),
			Bucket:  oss.Ptr("acs:oss:::" + bucketName), Prefix: oss.Ptr("inventories"),
			Encryption: &oss.InventoryEncryption{SseKms: &oss.SSEKMS{KeyId: oss.Ptr("default")}},
		}},
		Schedule: &oss.InventorySchedule{Frequency: oss.InventoryFrequencyWeekly},
		OptionalFields: &oss.OptionalFields{Fields: []oss.InventoryOptionalFieldType{
			oss.InventoryOptionalFieldSize, oss.InventoryOptionalFieldLastModifiedDate, oss.InventoryOptionalFieldETag,
		}},
	}
}

func inventory() string {
	ids, found := []string{"first", "second"}, []string{}
	get := func(id string) (*oss.GetBucketInventoryResult, error) {
		return client.GetBucketInventory(background, &oss.GetBucketInventoryRequest{Bucket: bucket, InventoryId: oss.Ptr(id)})
	}
	for _, id := range ids {
		contract.Must(client.PutBucketInventory(background, &oss.PutBucketInventoryRequest{
			Bucket: bucket, InventoryId: oss.Ptr(id), InventoryConfiguration: inventoryOf(id),
		}))
		sameAs(contract.Must(get(id)).InventoryConfiguration, inventoryOf(id))
	}
	listed := contract.Must(client.ListBucketInventory(background, &oss.ListBucketInventoryRequest{Bucket: bucket}))
	for _, one := range listed.ListInventoryConfigurationsResult.InventoryConfigurations {
		found = append(found, oss.ToString(one.Id))
	}
	sameAs(found, ids)
	contract.Equal(oss.ToBool(listed.ListInventoryConfigurationsResult.IsTruncated), false, "whether there are more")
	for _, id := range ids {
		contract.Must(client.DeleteBucketInventory(background, &oss.DeleteBucketInventoryRequest{Bucket: bucket, InventoryId: oss.Ptr(id)}))
	}
	_, err := get("first")
	refused(err, http.StatusNotFound, "NoSuchInventory")
	return ""
}

func mirrorRules() string {
	rules := []oss.RoutingRule{
		{
			RuleNumber: oss.Ptr(int64(1)),
			Condition:  &oss.RoutingRuleCondition{KeyPrefixEquals: oss.Ptr("far/"), HttpErrorCodeReturnedEquals: oss.Ptr(int64(404))},
			Redirect: &oss.RoutingRuleRedirect{
				RedirectType: oss.Ptr("Mirror"), MirrorURL: oss.Ptr("https://origin.example/"),
				PassQueryString: oss.Ptr(true), MirrorPassQueryString: oss.Ptr(true), MirrorFollowRedirect: oss.Ptr(true),
				MirrorCheckMd5: oss.Ptr(false), MirrorPassOriginalSlashes: oss.Ptr(false),
				MirrorHeaders: &oss.MirrorHeaders{
					PassAll: oss.Ptr(true), Passes: []string{"x-one", "x-two"}, Removes: []string{"x-three"},
					Sets: []oss.MirrorHeadersSet{{Key: oss.Ptr("x-four"), Value: oss.Ptr("4")}},
				},
			},
		},
		{
			RuleNumber: oss.Ptr(int64(2)),
			Condition: &oss.RoutingRuleCondition{
				KeyPrefixEquals: oss.Ptr("moved/"), HttpErrorCodeReturnedEquals: oss.Ptr(int64(404)),
				IncludeHeaders: []oss.RoutingRuleIncludeHeader{{Key: oss.Ptr("host"), Equals: oss.Ptr("a.example")}},
			},
			Redirect: &oss.RoutingRuleRedirect{
				RedirectType: oss.Ptr("External"), Protocol: oss.Ptr("https"), HostName: oss.Ptr("b.example"),
				HttpRedirectCode: oss.Ptr(int64(302)), ReplaceKeyPrefixWith: oss.Ptr("new/"),
				EnableReplacePrefix: oss.Ptr(true), PassQueryString: oss.Ptr(false),
			},
		},
	}
	wanted := &oss.WebsiteConfiguration{
		IndexDocument: &oss.IndexDocument{Suffix: oss.Ptr("index.html"), SupportSubDir: oss.Ptr(true), Type: oss.Ptr(int64(0))},
		ErrorDocument: &oss.ErrorDocument{Key: oss.Ptr("error.html"), HttpStatus: oss.Ptr(int64(404))},
		RoutingRules:  &oss.RoutingRules{RoutingRules: rules},
	}
	contract.Must(client.PutBucketWebsite(background, &oss.PutBucketWebsiteRequest{Bucket: bucket, WebsiteConfiguration: wanted}))
	set := contract.Must(client.GetBucketWebsite(background, &oss.GetBucketWebsiteRequest{Bucket: bucket}))
	sameAs(set.WebsiteConfiguration, wanted)
	contract.Must(client.DeleteBucketWebsite(background, &oss.DeleteBucketWebsiteRequest{Bucket: bucket}))
	return ""
}

func replication() string {
	rule := oss.ReplicationRule{
		ID: oss.Ptr("to-far"), Action: oss.Ptr("PUT"), SyncRole: oss.Ptr("replicator"),
		HistoricalObjectReplication: oss.HistoricalObjectReplicationDisabled,
		PrefixSet:                   &oss.ReplicationPrefixSet{Prefixs: []string{"a/", "b/"}},
		RTC:                         &oss.ReplicationTimeControl{Status: oss.Ptr("enabled")},
		Destination: &oss.ReplicationDestination{
			Bucket: oss.Ptr("far-bucket"), Location: oss.Ptr("oss-cn-beijing"), TransferType: oss.TransferTypeInternal,
		},
	}
	contract.Must(client.PutBucketReplication(background, &oss.PutBucketReplicationRequest{
		Bucket: bucket, ReplicationConfiguration: &oss.ReplicationConfiguration{Rules: []oss.ReplicationRule{rule}},
	}))
	set := contract.Must(client.GetBucketReplication(background, &oss.GetBucketReplicationRequest{Bucket: bucket}))
	contract.Equal(len(set.ReplicationConfiguration.Rules), 1, "the number of rules")
	told := set.ReplicationConfiguration.Rules[0]
	status := oss.ToString(told.Status)
	contract.True(status == "starting" || status == "doing", "the status is told, not "+status)
	// Of the time control the answer tells its progress.
	control := oss.ToString(told.RTC.Status)
	contract.True(control == "enabling" || control == "enabled", "the time control is told, not "+control)
	told.Status, told.RTC = nil, rule.RTC
	sameAs(told, rule)
	contract.Must(client.DeleteBucketReplication(background, &oss.DeleteBucketReplicationRequest{
		Bucket: bucket, ReplicationRules: &oss.ReplicationRules{IDs: []string{"to-far"}},
	}))
	return ""
}

func corsVary() string {
	wanted := &oss.CORSConfiguration{ResponseVary: oss.Ptr(true), CORSRules: []oss.CORSRule{
		{
			AllowedOrigins: []string{"https://a.example", "https://*.b.example"}, AllowedMethods: []string{"GET", "PUT"},
			AllowedHeaders: []string{"*"}, ExposeHeaders: []string{"etag", "x-oss-request-id"}, MaxAgeSeconds: oss.Ptr(int64(100)),
		},
		{AllowedOrigins: []string{"*"}, AllowedMethods: []string{"HEAD"}},
	}}
	contract.Must(client.PutBucketCors(background, &oss.PutBucketCorsRequest{Bucket: bucket, CORSConfiguration: wanted}))
	set := contract.Must(client.GetBucketCors(background, &oss.GetBucketCorsRequest{Bucket: bucket}))
	sameAs(set.CORSConfiguration, wanted)
	contract.Must(client.DeleteBucketCors(background, &oss.DeleteBucketCorsRequest{Bucket: bucket}))
	return ""
}
