import annals.interop.Contract;
import com.alibaba.sdk.android.oss.model.BucketLifecycleRule;
import com.alibaba.sdk.android.oss.model.CreateBucketRequest;
import com.alibaba.sdk.android.oss.model.DeleteBucketLifecycleRequest;
import com.alibaba.sdk.android.oss.model.DeleteBucketRequest;
import com.alibaba.sdk.android.oss.model.DeleteObjectTaggingRequest;
import com.alibaba.sdk.android.oss.model.GetBucketInfoRequest;
import com.alibaba.sdk.android.oss.model.GetBucketLifecycleRequest;
import com.alibaba.sdk.android.oss.model.GetObjectTaggingRequest;
import com.alibaba.sdk.android.oss.model.GetSymlinkRequest;
import com.alibaba.sdk.android.oss.model.PutBucketLifecycleRequest;
import com.alibaba.sdk.android.oss.model.PutObjectTaggingRequest;
import com.alibaba.sdk.android.oss.model.PutSymlinkRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Buckets and their settings, tags and links. */
final class BucketSteps {
    private BucketSteps() {}

    static void run() {
        Contract.step("create-bucket", () -> {
            String name = "interop-made-here";
            Scenario.CLIENT.createBucket(new CreateBucketRequest(name));
            String told = Scenario.CLIENT.getBucketInfo(new GetBucketInfoRequest(name)).getBucket().name;
            Contract.equal(told, name, "the name");
            Scenario.CLIENT.deleteBucket(new DeleteBucketRequest(name));
            Scenario.refused("NoSuchBucket", () -> Scenario.CLIENT.getBucketInfo(new GetBucketInfoRequest(name)));
            return "note: listBuckets leaves the port out of its URL, so the bucket is looked at by GetBucketInfo";
        });
        Contract.notInSdk("the SDK has no call for it", "versioning", "cors", "bucket-policy");
        Contract.step("tagging", () -> {
            Scenario.put("labelled", Scenario.FIRST);
            Scenario.CLIENT.putObjectTagging(new PutObjectTaggingRequest(Scenario.BUCKET, "labelled", Map.of("a b", "c=d")));
            Contract.equal(tagsOf("labelled"), Map.of("a b", "c=d"), "the tags");
            Scenario.CLIENT.deleteObjectTagging(new DeleteObjectTaggingRequest(Scenario.BUCKET, "labelled"));
            Contract.equal(tagsOf("labelled"), Map.of(), "the tags after the delete");
            return "";
        });
        Contract.step("symlink", () -> {
            Scenario.put("linked/to here", Scenario.FIRST);
            PutSymlinkRequest put = new PutSymlinkRequest();
            put.setBucketName(Scenario.BUCKET);
            put.setObjectKey("link");
            put.setTargetObjectName("linked/to here");
            Scenario.CLIENT.putSymlink(put);
            GetSymlinkRequest get = new GetSymlinkRequest();
            get.setBucketName(Scenario.BUCKET);
            get.setObjectKey("link");
            String target = Scenario.CLIENT.getSymlink(get).getTargetObjectName();
            Contract.equal(URLDecoder.decode(target, StandardCharsets.UTF_8), "linked/to here", "the target");
            Contract.equal(Scenario.contentsOf("link"), Scenario.FIRST, "the contents");
            return "";
        });
        Contract.step("lifecycle", () -> {
            BucketLifecycleRule rule = new BucketLifecycleRule();
            rule.setIdentifier("old logs");
            rule.setPrefix("logs/");
            rule.setStatus(true);
            rule.setIADays("30");
            rule.setMultipartDays("7");
            PutBucketLifecycleRequest put = new PutBucketLifecycleRequest();
            put.setBucketName(Scenario.BUCKET);
            put.setLifecycleRules(new ArrayList<>(List.of(rule)));
            Scenario.CLIENT.putBucketLifecycle(put);
            GetBucketLifecycleRequest get = new GetBucketLifecycleRequest();
            get.setBucketName(Scenario.BUCKET);
            List<BucketLifecycleRule> rules = Scenario.CLIENT.getBucketLifecycle(get).getlifecycleRules();
            Contract.equal(rules.size(), 1, "the number of rules");
            BucketLifecycleRule set = rules.get(0);
            Contract.equal(set.getIdentifier() + "|" + set.getPrefix() + "|" + set.getStatus() + "|" + set.getIADays() + "|"
                    + set.getMultipartDays(), "old logs|logs/|true|30|7", "the rule");
            DeleteBucketLifecycleRequest delete = new DeleteBucketLifecycleRequest();
            delete.setBucketName(Scenario.BUCKET);
            Scenario.CLIENT.deleteBucketLifecycle(delete);
            Scenario.refused("NoSuchLifecycle", () -> Scenario.CLIENT.getBucketLifecycle(get));
            return "note: setDays writes Days outside of Expiration, which says nothing; rules for classes and uploads are right";
        });
    }

    private static Map<String, String> tagsOf(String key) throws Exception {
        Map<String, String> tags = Scenario.CLIENT.getObjectTagging(new GetObjectTaggingRequest(Scenario.BUCKET, key)).getTags();
        return tags == null ? Map.of() : tags;
    }
}
