import annals.interop.Contract;
import com.aliyun.sdk.service.oss2.exceptions.OperationException;
import com.aliyun.sdk.service.oss2.exceptions.ServiceException;
import com.aliyun.sdk.service.oss2.models.*;
import com.aliyun.sdk.service.oss2.transport.BinaryData;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Buckets and their settings, tags and links. */
final class BucketSteps {
    private BucketSteps() {}

    static void run() {
        Contract.step("create-bucket", () -> {
            String name = "interop-made-here";
            Scenario.CLIENT.putBucket(PutBucketRequest.newBuilder().bucket(name).build());
            int count = Scenario.CLIENT.listBuckets(ListBucketsRequest.newBuilder().prefix(name).build()).buckets().size();
            Contract.equal(count, 1, "the number of buckets with the name");
            Scenario.CLIENT.deleteBucket(DeleteBucketRequest.newBuilder().bucket(name).build());
            Scenario.refused("NoSuchBucket",
                    () -> Scenario.CLIENT.getBucketInfo(GetBucketInfoRequest.newBuilder().bucket(name).build()));
            return "";
        });
        Contract.step("versioning", BucketSteps::keepVersions);
        Contract.step("tagging", () -> {
            Scenario.put("labelled", Scenario.FIRST);
            TagSet tags = TagSet.newBuilder().tags(List.of(Tag.newBuilder().key("a b").value("c=d").build())).build();
            Scenario.CLIENT.putObjectTagging(PutObjectTaggingRequest.newBuilder().bucket(Scenario.BUCKET).key("labelled")
                    .tagging(Tagging.newBuilder().tagSet(tags).build()).build());
            Contract.equal(tagsOf("labelled"), Map.of("a b", "c=d"), "the tags");
            Scenario.CLIENT.deleteObjectTagging(DeleteObjectTaggingRequest.newBuilder().bucket(Scenario.BUCKET).key("labelled").build());
            Contract.equal(tagsOf("labelled"), Map.of(), "the tags after the delete");
            return "";
        });
        Contract.step("symlink", () -> {
            Scenario.put("linked/to here", Scenario.FIRST);
            // The SDK sends the target as it is given; the protocol wants it encoded.
            Scenario.CLIENT.putSymlink(PutSymlinkRequest.newBuilder().bucket(Scenario.BUCKET).key("link")
                    .symlinkTarget("linked%2Fto%20here").build());
            String target = Scenario.CLIENT.getSymlink(GetSymlinkRequest.newBuilder().bucket(Scenario.BUCKET).key("link").build())
                    .symlinkTarget();
            Contract.equal(target.replace("%2F", "/").replace("%20", " "), "linked/to here", "the target");
            Contract.equal(Scenario.contentsOf("link"), Scenario.FIRST, "the contents");
            return "";
        });
        Contract.step("lifecycle", BucketSteps::keepLifecycle);
        Contract.step("cors", BucketSteps::keepCors);
        Contract.step("bucket-policy", () -> {
            String policy = "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"oss:GetObject\"],"
                    + "\"Principal\":[\"*\"],\"Resource\":[\"acs:oss:*:*:" + Scenario.BUCKET + "/public/*\"]}]}";
            GetBucketPolicyRequest get = GetBucketPolicyRequest.newBuilder().bucket(Scenario.BUCKET).build();
            signed("policy", () -> Scenario.CLIENT.putBucketPolicy(PutBucketPolicyRequest.newBuilder().bucket(Scenario.BUCKET)
                    .body(BinaryData.fromString(policy)).build()));
            Contract.equal(Scenario.CLIENT.getBucketPolicy(get).body().toString().replaceAll("\\s", ""), policy, "the policy");
            Scenario.CLIENT.deleteBucketPolicy(DeleteBucketPolicyRequest.newBuilder().bucket(Scenario.BUCKET).build());
            Scenario.refused("NoSuchBucketPolicy", () -> Scenario.CLIENT.getBucketPolicy(get));
            return "";
        });
    }

    /** The SDK's V1 signer leaves some sub-resources out, and then no server can let the request pass. */
    static void signed(String subresource, Contract.Call call) throws Throwable {
        try {
            call.run();
        } catch (OperationException failure) {
            ServiceException cause = ServiceException.asCause(failure);
            boolean isRefused = cause != null && cause.errorCode().equals("SignatureDoesNotMatch");
            if (!isRefused || !Contract.environment("SIGNATURE").equals("v1")) throw failure;
            throw new Contract.MissingInSdk("the SDK's V1 signer leaves the sub-resource " + subresource + " unsigned; V4 works");
        }
    }

    static Map<String, String> tagsOf(String key) {
        List<Tag> tags = Scenario.CLIENT.getObjectTagging(
                GetObjectTaggingRequest.newBuilder().bucket(Scenario.BUCKET).key(key).build()).tagging().tagSet().tags();
        if (tags == null) return Map.of();
        return tags.stream().collect(Collectors.toMap(Tag::key, Tag::value));
    }

    /** Reads a replaced version by its id, and finds the marker that a delete leaves. */
    private static String keepVersions() throws Throwable {
        String name = "interop-versions";
        Scenario.CLIENT.putBucket(PutBucketRequest.newBuilder().bucket(name).build());
        Scenario.CLIENT.putBucketVersioning(PutBucketVersioningRequest.newBuilder().bucket(name)
                .versioningConfiguration(VersioningConfiguration.newBuilder().status("Enabled").build()).build());
        String status = Scenario.CLIENT.getBucketVersioning(GetBucketVersioningRequest.newBuilder().bucket(name).build())
                .versioningConfiguration().status();
        Contract.equal(status, "Enabled", "the status");
        String older = Scenario.putIn(name, "versioned", Scenario.FIRST).versionId();
        String newer = Scenario.putIn(name, "versioned", Scenario.SECOND).versionId();
        Contract.holds(older != null && newer != null && !older.equals(newer), "every put has a version of its own");
        GetObjectRequest old = GetObjectRequest.newBuilder().bucket(name).key("versioned").versionId(older).build();
        Contract.equal(Scenario.contentsOf(Scenario.CLIENT, old), Scenario.FIRST, "the older version");
        AppendObjectResult appended = Scenario.CLIENT.appendObject(AppendObjectRequest.newBuilder().bucket(name).key("growing")
                .position(0L).body(BinaryData.fromString(Scenario.FIRST)).build());
        Contract.holds(appended.headers().get("x-oss-version-id") != null, "an append tells its version");
        DeleteObjectResult deleted = Scenario.CLIENT.deleteObject(
                DeleteObjectRequest.newBuilder().bucket(name).key("versioned").build());
        Contract.equal(deleted.deleteMarker(), true, "whether the delete leaves a marker");
        GetObjectRequest current = GetObjectRequest.newBuilder().bucket(name).key("versioned").build();
        Scenario.refused("NoSuchKey", () -> Scenario.CLIENT.getObject(current));
        Contract.equal(Scenario.contentsOf(Scenario.CLIENT, old), Scenario.FIRST, "the older version after the delete");
        ListObjectVersionsResult versions = Scenario.CLIENT.listObjectVersions(
                ListObjectVersionsRequest.newBuilder().bucket(name).prefix("versioned").build());
        Contract.equal(versions.versions().size(), 2, "the number of versions");
        Contract.equal(versions.deleteMarkers().size(), 1, "the number of markers");
        return "note: AppendObjectResult.versionId() reads a header that does not exist; headers() has the version";
    }

    private static String keepLifecycle() throws Throwable {
        LifecycleRule rule = LifecycleRule.newBuilder().id("old logs").prefix("logs/").status("Enabled")
                .expiration(LifecycleRuleExpiration.newBuilder().days(30).build()).build();
        GetBucketLifecycleRequest get = GetBucketLifecycleRequest.newBuilder().bucket(Scenario.BUCKET).build();
        signed("lifecycle", () -> Scenario.CLIENT.putBucketLifecycle(PutBucketLifecycleRequest.newBuilder().bucket(Scenario.BUCKET)
                .lifecycleConfiguration(LifecycleConfiguration.newBuilder().rules(List.of(rule)).build()).build()));
        List<LifecycleRule> rules = Scenario.CLIENT.getBucketLifecycle(get).lifecycleConfiguration().rules();
        Contract.equal(rules.size(), 1, "the number of rules");
        LifecycleRule set = rules.get(0);
        Contract.equal(set.id() + "|" + set.prefix() + "|" + set.status() + "|" + set.expiration().days(),
                "old logs|logs/|Enabled|30", "the rule");
        Scenario.CLIENT.deleteBucketLifecycle(DeleteBucketLifecycleRequest.newBuilder().bucket(Scenario.BUCKET).build());
        Scenario.refused("NoSuchLifecycle", () -> Scenario.CLIENT.getBucketLifecycle(get));
        return "";
    }

    private static String keepCors() throws Throwable {
        CORSRule rule = CORSRule.newBuilder().allowedOrigins(List.of("http://a.example", "http://b.example"))
                .allowedMethods(List.of("GET", "POST")).allowedHeaders(List.of("*"))
                .exposeHeaders(List.of("x-oss-next-append-position")).maxAgeSeconds(600L).build();
        GetBucketCorsRequest get = GetBucketCorsRequest.newBuilder().bucket(Scenario.BUCKET).build();
        Scenario.CLIENT.putBucketCors(PutBucketCorsRequest.newBuilder().bucket(Scenario.BUCKET)
                .corsConfiguration(CORSConfiguration.newBuilder().corsRules(List.of(rule)).build()).build());
        List<CORSRule> rules = Scenario.CLIENT.getBucketCors(get).corsConfiguration().corsRules();
        Contract.equal(rules.size(), 1, "the number of rules");
        Contract.equal(described(rules.get(0)), described(rule), "the rule");
        Scenario.CLIENT.deleteBucketCors(DeleteBucketCorsRequest.newBuilder().bucket(Scenario.BUCKET).build());
        Scenario.refused("NoSuchCORSConfiguration", () -> Scenario.CLIENT.getBucketCors(get));
        return "";
    }

    private static String described(CORSRule rule) {
        return rule.allowedOrigins() + " " + rule.allowedMethods() + " " + rule.allowedHeaders() + " "
                + rule.exposeHeaders() + " " + rule.maxAgeSeconds();
    }
}
