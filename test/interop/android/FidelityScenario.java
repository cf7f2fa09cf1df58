import annals.interop.Contract;
import annals.interop.Pattern;
import com.alibaba.sdk.android.oss.OSS;
import com.alibaba.sdk.android.oss.ServiceException;
import com.alibaba.sdk.android.oss.common.auth.OSSPlainTextAKSKCredentialProvider;
import com.alibaba.sdk.android.oss.model.*;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Details of the public service through the Android SDK, off-device; SIGNATURE chooses V1 or V4. */
public final class FidelityScenario {
    private static final int PART_LENGTH = 100 << 10;
    private static final String MISSING = Scenario.BUCKET + "-none";

    private FidelityScenario() {}

    /** Runs all steps. */
    public static void main(String[] words) {
        Contract.notInSdk("no call for it", "head-bucket", "inventory", "mirror-rules", "replication", "qos", "cors-vary");
        Contract.notInSdk("no call for versions", "set-meta-versioned", "copy-large-version");
        Contract.step("exists-wrong-keys", FidelityScenario::existsWrongKeys);
        Contract.step("upload-empty-file", FidelityScenario::uploadEmptyFile);
        Contract.step("multipart-sequential", FidelityScenario::multipartSequential);
        Contract.step("lifecycle-dates", FidelityScenario::lifecycleDates);
        Contract.step("list-control-characters", FidelityScenario::listControlCharacters);
        Contract.step("copy-conditional", FidelityScenario::copyConditional);
        Contract.step("range-if-range", FidelityScenario::rangeIfRange);
        // The SDK's threads would keep the program alive.
        System.exit(0);
    }

    private static String existsWrongKeys() throws Throwable {
        String id = Contract.environment("OSS_ACCESS_KEY_ID");
        for (var keys : List.of(new OSSPlainTextAKSKCredentialProvider("unknown-key", "secret"),
                new OSSPlainTextAKSKCredentialProvider(id, "wrong"))) {
            OSS stranger = Scenario.connect(keys);
            Scenario.refused("NoSuchBucket", () -> stranger.getBucketInfo(new GetBucketInfoRequest(MISSING)));
            ServiceException existing = Contract.thrownBy(ServiceException.class,
                    () -> stranger.getBucketInfo(new GetBucketInfoRequest(Scenario.BUCKET)));
            Contract.equal(existing.getStatusCode(), 403, "the status for a bucket that exists");
            Contract.equal(stranger.doesObjectExist(MISSING, "k"), false, "whether an object of the missing bucket exists");
        }
        return "";
    }

    private static String uploadEmptyFile() throws Throwable {
        String id = Scenario.CLIENT.initMultipartUpload(new InitiateMultipartUploadRequest(Scenario.BUCKET, "no parts")).getUploadId();
        Scenario.CLIENT.completeMultipartUpload(new CompleteMultipartUploadRequest(Scenario.BUCKET, "no parts", id, new ArrayList<>()));
        Contract.equal(Scenario.contentsOf("no parts"), "", "the contents");
        Contract.equal(Scenario.head("no parts").getContentLength(), 0L, "the length");
        Contract.equal(Scenario.head("no parts").getObjectType(), "Multipart", "the type");
        return "note: completed without parts; the SDK's managed uploads refuse empty files by themselves";
    }

    private static PartETag sendPart(String id, int number, byte[] body) throws Exception {
        UploadPartRequest request = new UploadPartRequest(Scenario.BUCKET, "sequential", id, number);
        request.setPartContent(Arrays.copyOfRange(body, (number - 1) * PART_LENGTH, number * PART_LENGTH));
        return new PartETag(number, Scenario.CLIENT.uploadPart(request).getETag());
    }

    private static String multipartSequential() throws Throwable {
        byte[] body = Pattern.bytes(3 * PART_LENGTH);
        InitiateMultipartUploadRequest initiate = new InitiateMultipartUploadRequest(Scenario.BUCKET, "sequential");
        initiate.isSequential = true;
        String id = Scenario.CLIENT.initMultipartUpload(initiate).getUploadId();
        List<PartETag> parts = new ArrayList<>(List.of(sendPart(id, 1, body)));
        Scenario.refused("PartNotSequential", () -> sendPart(id, 3, body));
        parts.add(sendPart(id, 2, body));
        parts.add(sendPart(id, 3, body));
        Scenario.CLIENT.completeMultipartUpload(new CompleteMultipartUploadRequest(Scenario.BUCKET, "sequential", id, parts));
        Contract.equal(Scenario.bytes(Scenario.CLIENT, new GetObjectRequest(Scenario.BUCKET, "sequential")), body, "the contents");
        String digest = Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(body));
        Contract.equal(Scenario.head("sequential").getContentMD5(), digest, "Content-MD5");
        return "";
    }

    private static String lifecycleDates() throws Throwable {
        String date = "2030-01-01T00:00:00.000Z";
        BucketLifecycleRule dated = new BucketLifecycleRule();
        dated.setIdentifier("dated");
        dated.setPrefix("a/");
        dated.setStatus(true);
        dated.setMultipartDays("7");
        dated.setIAExpireDate(date);
        PutBucketLifecycleRequest put = new PutBucketLifecycleRequest();
        put.setBucketName(Scenario.BUCKET);
        put.setLifecycleRules(new ArrayList<>(List.of(dated)));
        Scenario.CLIENT.putBucketLifecycle(put);
        GetBucketLifecycleRequest get = new GetBucketLifecycleRequest();
        get.setBucketName(Scenario.BUCKET);
        List<BucketLifecycleRule> rules = Scenario.CLIENT.getBucketLifecycle(get).getlifecycleRules();
        Contract.equal(rules.size(), 1, "the number of rules");
        BucketLifecycleRule set = rules.get(0);
        Contract.equal(set.getIdentifier() + " " + set.getPrefix() + " " + set.getStatus() + " " + set.getMultipartDays() + " "
                + set.getIAExpireDate(), "dated a/ true 7 " + date, "the rule");
        return "note: setMultipartExpireDate writes the days instead of the date";
    }

    /** A key of a list that was asked for with the encoding `url`. */
    private static String decoded(String key) {
        return key.startsWith("control%2F") ? URLDecoder.decode(key, StandardCharsets.UTF_8) : key;
    }

    private static String listControlCharacters() throws Throwable {
        List<String> keys = Stream.of("\t", "&<>\"'", "+ %")
                .map(character -> "control/" + character + "key").sorted().collect(Collectors.toList());
        for (String key : keys) Scenario.put(key, "x");
        List<String> found = new ArrayList<>();
        ListObjectsRequest request = new ListObjectsRequest(Scenario.BUCKET, "control/", null, null, 2);
        request.setEncodingType("url");
        for (ListObjectsResult page = null; page == null || page.isTruncated(); ) {
            if (page != null) request.setMarker(decoded(page.getNextMarker()));
            page = Scenario.CLIENT.listObjects(request);
            page.getObjectSummaries().forEach(object -> found.add(decoded(object.getKey())));
        }
        Contract.equal(found, keys, "the keys");
        return "note: with setEncodingType(\"url\"), and the program decodes the keys; the SDK sends no key with other control characters";
    }

    /** What a copy of one test differs in. */
    private interface Condition {
        void setIn(CopyObjectRequest request);
    }

    private static CopyObjectResult copy(Condition condition) throws Exception {
        CopyObjectRequest request = new CopyObjectRequest(Scenario.BUCKET, "source", Scenario.BUCKET, "target");
        condition.setIn(request);
        return Scenario.CLIENT.copyObject(request);
    }

    private static String copyConditional() throws Throwable {
        Scenario.put("source", "source");
        String etag = Scenario.head("source").getETag();
        Date past = new Date(System.currentTimeMillis() - 86_400_000), future = new Date(System.currentTimeMillis() + 86_400_000);
        List<Condition> passing = List.of(
                request -> request.setMatchingETagConstraints(List.of(etag)),
                request -> request.setNonmatchingETagConstraints(List.of("other")),
                request -> request.setModifiedSinceConstraint(past),
                request -> request.setUnmodifiedSinceConstraint(future));
        for (Condition condition : passing) Contract.equal(copy(condition).getStatusCode(), 200, "the status of the copy");
        Scenario.refused("PreconditionFailed", () -> copy(request -> request.setMatchingETagConstraints(List.of("other"))));
        Scenario.refused("PreconditionFailed", () -> copy(request -> request.setUnmodifiedSinceConstraint(past)));
        List<Condition> unmodified = List.of(
                request -> request.setNonmatchingETagConstraints(List.of(etag)),
                request -> request.setModifiedSinceConstraint(future));
        for (Condition condition : unmodified) {
            ServiceException failure = Contract.thrownBy(ServiceException.class, () -> copy(condition));
            Contract.equal(failure.getStatusCode(), 304, "the status");
        }
        return "";
    }

    private static String rangeIfRange() throws Throwable {
        Scenario.put("joined", "0123456789");
        String old = Scenario.head("joined").getETag();
        Scenario.put("joined", "abcdefghij");
        Map<String, String> wanted = Map.of(old, "abcdefghij", Scenario.head("joined").getETag(), "fghij");
        for (String etag : wanted.keySet()) {
            GetObjectRequest request = new GetObjectRequest(Scenario.BUCKET, "joined");
            request.setRange(new Range(5, Range.INFINITE));
            request.setRequestHeaders(Map.of("If-Range", '"' + etag.replace("\"", "") + '"'));
            Contract.equal(new String(Scenario.bytes(Scenario.CLIENT, request)), wanted.get(etag), "the answer");
        }
        return "";
    }
}
