import annals.interop.Contract;
import com.aliyun.oss.model.AppendObjectRequest;
import com.aliyun.oss.model.BucketVersioningConfiguration;
import com.aliyun.oss.model.GetObjectRequest;
import com.aliyun.oss.model.LifecycleRule;
import com.aliyun.oss.model.ListBucketsRequest;
import com.aliyun.oss.model.OSSVersionSummary;
import com.aliyun.oss.model.SetBucketCORSRequest;
import com.aliyun.oss.model.SetBucketLifecycleRequest;
import com.aliyun.oss.model.SetBucketVersioningRequest;
import java.util.List;
import java.util.Map;

/** Buckets and their settings, tags and links. */
final class BucketSteps {
    private BucketSteps() {}

    static void run() {
        Contract.step("create-bucket", () -> {
            String name = "interop-made-here";
            Scenario.CLIENT.createBucket(name);
            int count = Scenario.CLIENT.listBuckets(new ListBucketsRequest().withPrefix(name)).getBucketList().size();
            Contract.equal(count, 1, "the number of buckets with the name");
            Scenario.CLIENT.deleteBucket(name);
            Contract.equal(Scenario.CLIENT.doesBucketExist(name), false, "what is told of the deleted bucket");
            return "";
        });
        Contract.step("versioning", BucketSteps::keepVersions);
        Contract.step("tagging", () -> {
            ObjectSteps.put("labelled", Scenario.FIRST);
            Scenario.CLIENT.setObjectTagging(Scenario.BUCKET, "labelled", Map.of("a b", "c=d"));
            Contract.equal(tagsOf("labelled"), Map.of("a b", "c=d"), "the tags");
            Scenario.CLIENT.deleteObjectTagging(Scenario.BUCKET, "labelled");
            Contract.equal(tagsOf("labelled"), Map.of(), "the tags after the delete");
            return "";
        });
        Contract.step("symlink", () -> {
            ObjectSteps.put("linked/to here", Scenario.FIRST);
            Scenario.CLIENT.createSymlink(Scenario.BUCKET, "link", "linked/to here");
            Contract.equal(Scenario.CLIENT.getSymlink(Scenario.BUCKET, "link").getTarget(), "linked/to here", "the target");
            Contract.equal(Scenario.contentsOf("link"), Scenario.FIRST, "the contents");
            return "";
        });
        Contract.step("lifecycle", () -> {
            SetBucketLifecycleRequest request = new SetBucketLifecycleRequest(Scenario.BUCKET);
            request.AddLifecycleRule(new LifecycleRule("old logs", "logs/", LifecycleRule.RuleStatus.Enabled, 30));
            Scenario.CLIENT.setBucketLifecycle(request);
            List<LifecycleRule> rules = Scenario.CLIENT.getBucketLifecycle(Scenario.BUCKET);
            Contract.equal(rules.size(), 1, "the number of rules");
            LifecycleRule rule = rules.get(0);
            Contract.equal(rule.getId() + "|" + rule.getPrefix() + "|" + rule.getStatus() + "|" + rule.getExpirationDays(),
                    "old logs|logs/|Enabled|30", "the rule");
            Scenario.CLIENT.deleteBucketLifecycle(Scenario.BUCKET);
            Scenario.refused("NoSuchLifecycle", () -> Scenario.CLIENT.getBucketLifecycle(Scenario.BUCKET));
            return "";
        });
        Contract.step("cors", () -> {
            SetBucketCORSRequest.CORSRule rule = new SetBucketCORSRequest.CORSRule();
            rule.setAllowedOrigins(List.of("http://a.example", "http://b.example"));
            rule.setAllowedMethods(List.of("GET", "POST"));
            rule.setAllowedHeaders(List.of("*"));
            rule.setExposeHeaders(List.of("x-oss-next-append-position"));
            rule.setMaxAgeSeconds(600);
            SetBucketCORSRequest request = new SetBucketCORSRequest(Scenario.BUCKET);
            request.addCorsRule(rule);
            Scenario.CLIENT.setBucketCORS(request);
            List<SetBucketCORSRequest.CORSRule> rules = Scenario.CLIENT.getBucketCORSRules(Scenario.BUCKET);
            Contract.equal(rules.size(), 1, "the number of rules");
            Contract.equal(described(rules.get(0)), described(rule), "the rule");
            Scenario.CLIENT.deleteBucketCORSRules(Scenario.BUCKET);
            Scenario.refused("NoSuchCORSConfiguration", () -> Scenario.CLIENT.getBucketCORSRules(Scenario.BUCKET));
            return "";
        });
        Contract.step("bucket-policy", () -> {
            String policy = "{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"oss:GetObject\"],"
                    + "\"Principal\":[\"*\"],\"Resource\":[\"acs:oss:*:*:" + Scenario.BUCKET + "/public/*\"]}]}";
            Scenario.CLIENT.setBucketPolicy(Scenario.BUCKET, policy);
            String set = Scenario.CLIENT.getBucketPolicy(Scenario.BUCKET).getPolicyText();
            Contract.equal(set.replaceAll("\\s", ""), policy, "the policy");
            Scenario.CLIENT.deleteBucketPolicy(Scenario.BUCKET);
            Scenario.refused("NoSuchBucketPolicy", () -> Scenario.CLIENT.getBucketPolicy(Scenario.BUCKET));
            return "";
        });
    }

    /** Reads a replaced version by its id, and finds the marker that a delete leaves. */
    private static String keepVersions() throws Throwable {
        String name = "interop-versions";
        Scenario.CLIENT.createBucket(name);
        BucketVersioningConfiguration enabled = new BucketVersioningConfiguration();
        enabled.setStatus(BucketVersioningConfiguration.ENABLED);
        Scenario.CLIENT.setBucketVersioning(new SetBucketVersioningRequest(name, enabled));
        Contract.equal(Scenario.CLIENT.getBucketVersioning(name).getStatus(), "Enabled", "the status");
        String older = Scenario.CLIENT.putObject(name, "versioned", Scenario.stream(Scenario.FIRST)).getVersionId();
        String newer = Scenario.CLIENT.putObject(name, "versioned", Scenario.stream(Scenario.SECOND)).getVersionId();
        Contract.holds(older != null && newer != null && !older.equals(newer), "every put has a version of its own");
        GetObjectRequest old = new GetObjectRequest(name, "versioned", older);
        Contract.equal(Scenario.contentsOf(Scenario.CLIENT, old), Scenario.FIRST, "the older version");
        Scenario.CLIENT.appendObject(new AppendObjectRequest(name, "growing", Scenario.stream(Scenario.FIRST)).withPosition(0L));
        Contract.holds(Scenario.CLIENT.getObjectMetadata(name, "growing").getVersionId() != null, "an appended object has a version");
        Scenario.CLIENT.deleteObject(name, "versioned");
        Scenario.refused("NoSuchKey", () -> Scenario.CLIENT.getObject(name, "versioned"));
        Contract.equal(Scenario.contentsOf(Scenario.CLIENT, old), Scenario.FIRST, "the older version after the delete");
        List<OSSVersionSummary> versions = Scenario.CLIENT.listVersions(name, "versioned").getVersionSummaries();
        Contract.equal(versions.size(), 3, "the number of versions and markers");
        long markerCount = versions.stream().filter(OSSVersionSummary::isDeleteMarker).count();
        Contract.equal(markerCount, 1L, "the number of markers");
        return "";
    }

    private static Map<String, String> tagsOf(String key) {
        return Scenario.CLIENT.getObjectTagging(Scenario.BUCKET, key).getAllTags();
    }

    private static String described(SetBucketCORSRequest.CORSRule rule) {
        return rule.getAllowedOrigins() + " " + rule.getAllowedMethods() + " " + rule.getAllowedHeaders() + " "
                + rule.getExposeHeaders() + " " + rule.getMaxAgeSeconds();
    }
}
