import annals.interop.Contract;
import annals.interop.Pattern;
import com.aliyun.sdk.service.oss2.OSSClient;
import com.aliyun.sdk.service.oss2.OperationInput;
import com.aliyun.sdk.service.oss2.OperationOutput;
import com.aliyun.sdk.service.oss2.credentials.StaticCredentialsProvider;
import com.aliyun.sdk.service.oss2.models.*;
import com.aliyun.sdk.service.oss2.paginator.PaginatorOptions;
import com.aliyun.sdk.service.oss2.transfermanager.Copier;
import com.aliyun.sdk.service.oss2.transfermanager.CopierOptions;
import com.aliyun.sdk.service.oss2.transfermanager.Uploader;
import com.aliyun.sdk.service.oss2.transfermanager.UploaderOptions;
import com.aliyun.sdk.service.oss2.transport.BinaryData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Details of the public service through the second Java SDK; SIGNATURE chooses V1 or V4. Configurations: FidelityConfigurations. */
public final class FidelityScenario {
    private static final int PART_LENGTH = 100 << 10;
    private static final String MISSING = Scenario.BUCKET + "-none";

    private FidelityScenario() {}

    /** Runs all steps. */
    public static void main(String[] words) throws Exception {
        Contract.step("head-bucket", FidelityScenario::headBucket);
        Contract.step("exists-wrong-keys", FidelityScenario::existsWrongKeys);
        Contract.step("upload-empty-file", FidelityScenario::uploadEmptyFile);
        Contract.step("multipart-sequential", FidelityScenario::multipartSequential);
        Contract.step("set-meta-versioned", FidelityScenario::setMetaVersioned);
        Contract.step("copy-large-version", FidelityScenario::copyLargeVersion);
        FidelityConfigurations.run();
        Contract.step("list-control-characters", FidelityScenario::listControlCharacters);
        Contract.step("copy-conditional", FidelityScenario::copyConditional);
        Contract.step("range-if-range", FidelityScenario::rangeIfRange);
        Scenario.CLIENT.close();
    }

    private static OperationOutput headOf(String bucket) {
        return Scenario.CLIENT.invokeOperation(OperationInput.newBuilder().opName("HeadBucket").method("HEAD").bucket(bucket).build(), null);
    }

    private static String headBucket() throws Throwable {
        Contract.holds(headOf(Scenario.BUCKET).headers().get("x-oss-bucket-region").startsWith("oss-"), "the region is told");
        Contract.equal(Scenario.refused("NoSuchBucket", () -> headOf(MISSING)).statusCode(), 404, "the status of a missing bucket");
        return "note: no call of its own, so by invokeOperation";
    }

    private static String existsWrongKeys() throws Throwable {
        String id = Contract.environment("OSS_ACCESS_KEY_ID");
        for (var keys : List.of(new StaticCredentialsProvider("unknown-key", "secret"), new StaticCredentialsProvider(id, "wrong"))) {
            try (OSSClient stranger = Scenario.connect(keys)) {
                Contract.equal(stranger.doesBucketExist(MISSING), false, "whether the missing bucket exists");
                Contract.equal(stranger.doesBucketExist(Scenario.BUCKET), true, "whether the bucket exists");
                Scenario.refused("NoSuchBucket", () -> stranger.doesObjectExist(MISSING, "k"));
            }
        }
        return "";
    }

    private static String uploadEmptyFile() throws Throwable {
        Path file = Path.of(Contract.environment("SCRATCH"), "empty");
        Files.write(file, new byte[0]);
        UploaderOptions.Builder options = UploaderOptions.newBuilder().enableCheckpoint(true);
        new Uploader(Scenario.CLIENT, options.checkpointDir(Contract.environment("SCRATCH")).build()).uploadFile(
                PutObjectRequest.newBuilder().bucket(Scenario.BUCKET).key("empty").build(), file.toString());
        String id = beginUpload(Scenario.BUCKET, "no parts", Map.of());
        finishUpload(Scenario.BUCKET, "no parts", id, List.of());
        for (var wanted : Map.of("empty", "Normal", "no parts", "Multipart").entrySet()) {
            String key = wanted.getKey();
            Contract.equal(Scenario.contentsOf(key), "", "the contents of " + key);
            Contract.equal(Scenario.head(key).contentLength(), 0L, "the length of " + key);
            Contract.equal(Scenario.head(key).objectType(), wanted.getValue(), "the type of " + key);
        }
        return "note: the uploader puts an empty file; completed without parts by the single calls";
    }

    private static String beginUpload(String bucket, String key, Map<String, String> parameters) {
        return Scenario.CLIENT.initiateMultipartUpload(InitiateMultipartUploadRequest.newBuilder().bucket(bucket).key(key)
                .parameters(parameters).build()).initiateMultipartUpload().uploadId();
    }

    private static void finishUpload(String bucket, String key, String id, List<Part> parts) {
        Scenario.CLIENT.completeMultipartUpload(CompleteMultipartUploadRequest.newBuilder().bucket(bucket).key(key).uploadId(id)
                .completeMultipartUpload(CompleteMultipartUpload.newBuilder().parts(parts).build()).build());
    }

    private static Part sendPart(String id, int number, byte[] body) {
        byte[] piece = Arrays.copyOfRange(body, (number - 1) * PART_LENGTH, number * PART_LENGTH);
        UploadPartResult sent = Scenario.CLIENT.uploadPart(UploadPartRequest.newBuilder().bucket(Scenario.BUCKET).key("sequential")
                .uploadId(id).partNumber((long) number).body(BinaryData.fromBytes(piece)).build());
        return Part.newBuilder().partNumber((long) number).eTag(sent.eTag()).build();
    }

    private static String multipartSequential() throws Throwable {
        byte[] body = Pattern.bytes(3 * PART_LENGTH);
        String id = beginUpload(Scenario.BUCKET, "sequential", Map.of("sequential", ""));
        List<Part> parts = new ArrayList<>(List.of(sendPart(id, 1, body)));
        Scenario.refused("PartNotSequential", () -> sendPart(id, 3, body));
        parts.add(sendPart(id, 2, body));
        parts.add(sendPart(id, 3, body));
        finishUpload(Scenario.BUCKET, "sequential", id, parts);
        Contract.equal(Scenario.bytes(Scenario.CLIENT, Scenario.getting("sequential")), body, "the contents");
        String digest = Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(body));
        Contract.equal(Scenario.head("sequential").contentMd5(), digest, "Content-MD5");
        return "";
    }

    private static void versionedBucket(String name) {
        Scenario.CLIENT.putBucket(PutBucketRequest.newBuilder().bucket(name).build());
        Scenario.CLIENT.putBucketVersioning(PutBucketVersioningRequest.newBuilder().bucket(name)
                .versioningConfiguration(VersioningConfiguration.newBuilder().status("Enabled").build()).build());
    }

    private static String setMetaVersioned() throws Throwable {
        String name = "interop-meta";
        versionedBucket(name);
        String old = Scenario.CLIENT.putObject(PutObjectRequest.newBuilder().bucket(name).key("k").metadata(Map.of("a", "old"))
                .contentType("text/x-log").objectAcl("private").body(BinaryData.fromString("contents")).build()).versionId();
        String current = Scenario.CLIENT.copyObject(CopyObjectRequest.newBuilder().bucket(name).key("k").sourceBucket(name).sourceKey("k")
                .metadataDirective("REPLACE").metadata(Map.of("a", "new")).build()).versionId();
        Contract.holds(current != null && !current.equals(old), "the change makes a version");
        HeadObjectResult found = Scenario.CLIENT.headObject(HeadObjectRequest.newBuilder().bucket(name).key("k").build());
        Contract.equal(found.versionId() + " " + found.metadata().get("a") + " " + found.contentType(),
                current + " new text/x-log", "the new version");
        GetObjectRequest get = GetObjectRequest.newBuilder().bucket(name).key("k").build();
        Contract.equal(Scenario.contentsOf(Scenario.CLIENT, get), "contents", "the contents");
        String acl = Scenario.CLIENT.getObjectAcl(GetObjectAclRequest.newBuilder().bucket(name).key("k").build())
                .accessControlPolicy().accessControlList().grant();
        Contract.equal(acl, "private", "the ACL");
        HeadObjectResult before = Scenario.CLIENT.headObject(HeadObjectRequest.newBuilder().bucket(name).key("k").versionId(old).build());
        Contract.equal(before.metadata().get("a"), "old", "the metadata of the old version");
        return "";
    }

    private static String copyLargeVersion() throws Throwable {
        String name = "interop-large";
        versionedBucket(name);
        byte[] body = Pattern.bytes(3 * PART_LENGTH);
        String old = Scenario.CLIENT.putObject(PutObjectRequest.newBuilder().bucket(name).key("large").metadata(Map.of("a", "b"))
                .body(BinaryData.fromBytes(body)).build()).versionId();
        Scenario.putIn(name, "large", "newer");
        CopierOptions options = CopierOptions.newBuilder().partSize(PART_LENGTH).multipartCopyThreshold(PART_LENGTH)
                .disableShallowCopy(true).build();
        new Copier(Scenario.CLIENT, options).copy(CopyObjectRequest.newBuilder().bucket(name).key("copy").sourceBucket(name)
                .sourceKey("large").sourceVersionId(old).build());
        GetObjectRequest get = GetObjectRequest.newBuilder().bucket(name).key("copy").build();
        Contract.equal(Scenario.bytes(Scenario.CLIENT, get), body, "the contents of the old version");
        HeadObjectResult found = Scenario.CLIENT.headObject(HeadObjectRequest.newBuilder().bucket(name).key("copy").build());
        Contract.equal(found.objectType() + " " + found.metadata().get("a"), "Multipart b", "the type and the metadata");
        return "";
    }

    private static String listControlCharacters() {
        List<String> keys = Stream.of("\u0001", "\t", "\n", "\r", "\u001f", "&<>\"'", "+ %")
                .map(character -> "control/" + character + "key").sorted().collect(Collectors.toList());
        for (String key : keys) Scenario.put(key, "x");
        List<String> found = new ArrayList<>();
        PaginatorOptions byTwo = PaginatorOptions.newBuilder().limit(2L).build();
        ListObjectsV2Request request = ListObjectsV2Request.newBuilder().bucket(Scenario.BUCKET).prefix("control/").build();
        for (ListObjectsV2Result page : Scenario.CLIENT.listObjectsV2Paginator(request, byTwo)) {
            page.contents().forEach(object -> found.add(object.key()));
        }
        Contract.equal(found, keys, "the keys of ListObjectsV2");
        found.clear();
        ListObjectsRequest older = ListObjectsRequest.newBuilder().bucket(Scenario.BUCKET).prefix("control/").build();
        for (ListObjectsResult page : Scenario.CLIENT.listObjectsPaginator(older, byTwo)) {
            page.contents().forEach(object -> found.add(object.key()));
        }
        Contract.equal(found, keys, "the keys of ListObjects");
        for (String key : keys) {
            Scenario.CLIENT.deleteObject(DeleteObjectRequest.newBuilder().bucket(Scenario.BUCKET).key(key).build());
        }
        Contract.equal(Scenario.CLIENT.listObjectsV2(request).keyCount(), 0, "the number of keys left");
        return "";
    }

    private static CopyObjectRequest.Builder copying() {
        return CopyObjectRequest.newBuilder().bucket(Scenario.BUCKET).key("target").sourceBucket(Scenario.BUCKET).sourceKey("source");
    }

    private static String httpDate(int daysFromNow) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC).plusDays(daysFromNow));
    }

    private static String copyConditional() throws Throwable {
        String etag = Scenario.put("source", "source").eTag(), other = "\"other\"", past = httpDate(-1), future = httpDate(1);
        for (CopyObjectRequest.Builder passing : List.of(copying().copySourceIfMatch(etag), copying().copySourceIfNoneMatch(other),
                copying().copySourceIfModifiedSince(past), copying().copySourceIfUnmodifiedSince(future))) {
            Contract.equal(Scenario.CLIENT.copyObject(passing.build()).eTag(), etag, "the ETag of the copy");
        }
        for (CopyObjectRequest.Builder failing : List.of(copying().copySourceIfMatch(other), copying().copySourceIfUnmodifiedSince(past))) {
            Scenario.refused("PreconditionFailed", () -> Scenario.CLIENT.copyObject(failing.build()));
        }
        for (CopyObjectRequest.Builder unmodified
                : List.of(copying().copySourceIfNoneMatch(etag), copying().copySourceIfModifiedSince(future))) {
            int status = Scenario.refused(() -> Scenario.CLIENT.copyObject(unmodified.build())).statusCode();
            Contract.equal(status, 304, "the status");
        }
        return "";
    }

    private static String rangeIfRange() throws Throwable {
        String old = Scenario.put("joined", "0123456789").eTag(), current = Scenario.put("joined", "abcdefghij").eTag();
        Map<String, String> wanted = Map.of(old, "200 abcdefghij", current, "206 fghij");
        for (String etag : wanted.keySet()) {
            GetObjectRequest request = GetObjectRequest.newBuilder().bucket(Scenario.BUCKET).key("joined").range("bytes=5-")
                    .header("If-Range", etag).build();
            try (GetObjectResult answer = Scenario.CLIENT.getObject(request)) {
                String text = new String(answer.body().readAllBytes());
                Contract.equal(answer.statusCode() + " " + text, wanted.get(etag), "the answer");
            }
        }
        return "";
    }
}
