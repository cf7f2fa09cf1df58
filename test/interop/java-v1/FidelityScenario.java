import annals.interop.Contract;
import annals.interop.Pattern;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.model.*;
import java.io.ByteArrayInputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Details of the public service through the first Java SDK; SIGNATURE chooses V1, V2 or V4. Configurations: FidelityConfigurations. */
public final class FidelityScenario {
    private static final int PART_LENGTH = 100 << 10;
    private static final String MISSING = Scenario.BUCKET + "-none";

    private FidelityScenario() {}

    /** Runs all steps. */
    public static void main(String[] words) {
        Contract.notInSdk("HEAD of a bucket: no call, and none for requests of one's own", "head-bucket");
        Contract.step("exists-wrong-keys", FidelityScenario::existsWrongKeys);
        Contract.step("upload-empty-file", FidelityScenario::uploadEmptyFile);
        Contract.step("multipart-sequential", FidelityScenario::multipartSequential);
        Contract.step("set-meta-versioned", FidelityScenario::setMetaVersioned);
        Contract.step("copy-large-version", FidelityScenario::copyLargeVersion);
        FidelityConfigurations.run();
        Contract.step("list-control-characters", FidelityScenario::listControlCharacters);
        Contract.step("copy-conditional", FidelityScenario::copyConditional);
        Contract.step("range-if-range", FidelityScenario::rangeIfRange);
        Scenario.CLIENT.shutdown();
    }

    private static String existsWrongKeys() throws Throwable {
        String id = Contract.environment("OSS_ACCESS_KEY_ID");
        for (var keys : List.of(new DefaultCredentialProvider("unknown-key", "secret"), new DefaultCredentialProvider(id, "wrong"))) {
            OSS stranger = Scenario.connect(keys);
            Contract.equal(stranger.doesBucketExist(MISSING), false, "whether the missing bucket exists");
            Contract.equal(stranger.doesBucketExist(Scenario.BUCKET), true, "whether the bucket exists");
            Contract.equal(stranger.doesObjectExist(MISSING, "k"), false, "whether an object of the missing bucket exists");
            stranger.shutdown();
        }
        return "";
    }

    private static String uploadEmptyFile() throws Throwable {
        Path file = Path.of(Contract.environment("SCRATCH"), "empty");
        Files.write(file, new byte[0]);
        Scenario.CLIENT.uploadFile(new UploadFileRequest(Scenario.BUCKET, "empty", file.toString(), PART_LENGTH, 1, true));
        String id = Scenario.CLIENT.initiateMultipartUpload(new InitiateMultipartUploadRequest(Scenario.BUCKET, "no parts")).getUploadId();
        Scenario.CLIENT.completeMultipartUpload(new CompleteMultipartUploadRequest(Scenario.BUCKET, "no parts", id, new ArrayList<>()));
        List<String> etags = new ArrayList<>();
        for (String key : List.of("empty", "no parts")) {
            Contract.equal(Scenario.contentsOf(key), "", "the contents of " + key);
            ObjectMetadata found = Scenario.CLIENT.getObjectMetadata(Scenario.BUCKET, key);
            Contract.equal(found.getContentLength(), 0L, "the length of " + key);
            Contract.equal(found.getObjectType(), "Multipart", "the type of " + key);
            etags.add(found.getETag());
        }
        // The ETag of parts tells their number.
        Contract.equal(etags.get(0), etags.get(1), "the ETag of the file");
        return "note: uploadFile() completes an upload without parts";
    }

    private static String multipartSequential() throws Throwable {
        byte[] body = Pattern.bytes(3 * PART_LENGTH);
        InitiateMultipartUploadRequest initiate = new InitiateMultipartUploadRequest(Scenario.BUCKET, "sequential");
        initiate.setSequentialMode(true);
        String id = Scenario.CLIENT.initiateMultipartUpload(initiate).getUploadId();
        List<PartETag> parts = new ArrayList<>();
        parts.add(sendPart(id, 1, body));
        Scenario.refused("PartNotSequential", () -> sendPart(id, 3, body));
        parts.add(sendPart(id, 2, body));
        parts.add(sendPart(id, 3, body));
        Scenario.CLIENT.completeMultipartUpload(new CompleteMultipartUploadRequest(Scenario.BUCKET, "sequential", id, parts));
        Contract.equal(Scenario.bytes(Scenario.CLIENT.getObject(Scenario.BUCKET, "sequential")), body, "the contents");
        String digest = Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(body));
        Contract.equal(Scenario.CLIENT.getObjectMetadata(Scenario.BUCKET, "sequential").getContentMD5(), digest, "Content-MD5");
        return "";
    }

    private static PartETag sendPart(String id, int number, byte[] body) {
        byte[] piece = Arrays.copyOfRange(body, (number - 1) * PART_LENGTH, number * PART_LENGTH);
        return Scenario.CLIENT.uploadPart(new UploadPartRequest(
                Scenario.BUCKET, "sequential", id, number, new ByteArrayInputStream(piece), piece.length)).getPartETag();
    }

    private static void versionedBucket(String name) {
        Scenario.CLIENT.createBucket(name);
        Scenario.CLIENT.setBucketVersioning(new SetBucketVersioningRequest(
                name, new BucketVersioningConfiguration(BucketVersioningConfiguration.ENABLED)));
    }

    private static String setMetaVersioned() throws Throwable {
        String name = "interop-meta";
        versionedBucket(name);
        ObjectMetadata metadata = new ObjectMetadata();
        metadata.addUserMetadata("a", "old");
        metadata.setContentType("text/x-log");
        metadata.setObjectAcl(CannedAccessControlList.Private);
        String old = Scenario.CLIENT.putObject(name, "k", Scenario.stream("contents"), metadata).getVersionId();
        CopyObjectRequest change = new CopyObjectRequest(name, "k", name, "k");
        ObjectMetadata changed = new ObjectMetadata();
        changed.addUserMetadata("a", "new");
        change.setNewObjectMetadata(changed);
        String current = Scenario.CLIENT.copyObject(change).getVersionId();
        Contract.holds(!current.equals(old), "the change makes a version");
        ObjectMetadata found = Scenario.CLIENT.getObjectMetadata(name, "k");
        Contract.equal(found.getVersionId(), current, "the current version");
        Contract.equal(found.getUserMetadata().get("a"), "new", "the metadata");
        Contract.equal(found.getContentType(), "text/x-log", "the type");
        Contract.equal(Scenario.text(Scenario.CLIENT.getObject(name, "k")), "contents", "the contents");
        Contract.equal(Scenario.CLIENT.getObjectAcl(name, "k").getPermission(), ObjectPermission.Private, "the ACL");
        ObjectMetadata before = Scenario.CLIENT.getObjectMetadata(new GenericRequest(name, "k", old));
        Contract.equal(before.getUserMetadata().get("a"), "old", "the metadata of the old version");
        return "";
    }

    private static String copyLargeVersion() throws Throwable {
        String name = "interop-large";
        versionedBucket(name);
        byte[] body = Pattern.bytes(3 * PART_LENGTH);
        String old = Scenario.CLIENT.putObject(name, "large", new ByteArrayInputStream(body)).getVersionId();
        Scenario.CLIENT.putObject(name, "large", Scenario.stream("newer"));
        String id = Scenario.CLIENT.initiateMultipartUpload(new InitiateMultipartUploadRequest(name, "copy")).getUploadId();
        List<PartETag> parts = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
            UploadPartCopyRequest request = new UploadPartCopyRequest(
                    name, "large", name, "copy", id, number, (number - 1L) * PART_LENGTH, (long) PART_LENGTH);
            request.setSourceVersionId(old);
            parts.add(Scenario.CLIENT.uploadPartCopy(request).getPartETag());
        }
        Scenario.CLIENT.completeMultipartUpload(new CompleteMultipartUploadRequest(name, "copy", id, parts));
        Contract.equal(Scenario.bytes(Scenario.CLIENT.getObject(name, "copy")), body, "the contents of the old version");
        return "";
    }

    private static String listControlCharacters() {
        List<String> keys = Stream.of("\u0001", "\t", "\n", "\r", "\u001f", "&<>\"'", "+ %")
                .map(character -> "control/" + character + "key").sorted().collect(Collectors.toList());
        for (String key : keys) Scenario.CLIENT.putObject(Scenario.BUCKET, key, Scenario.stream("x"));
        List<String> found = new ArrayList<>();
        ListObjectsV2Request request = new ListObjectsV2Request(Scenario.BUCKET, "control/");
        request.setMaxKeys(2);
        request.setEncodingType("url");
        for (ListObjectsV2Result page = null; page == null || page.isTruncated(); ) {
            if (page != null) request.setContinuationToken(page.getNextContinuationToken());
            page = Scenario.CLIENT.listObjectsV2(request);
            page.getObjectSummaries().forEach(object -> found.add(decoded(object.getKey())));
        }
        Contract.equal(found, keys, "the keys of ListObjectsV2");
        found.clear();
        ListObjectsRequest older = new ListObjectsRequest(Scenario.BUCKET, "control/", null, null, 2);
        older.setEncodingType("url");
        for (ObjectListing page = null; page == null || page.isTruncated(); ) {
            if (page != null) older.setMarker(decoded(page.getNextMarker()));
            page = Scenario.CLIENT.listObjects(older);
            page.getObjectSummaries().forEach(object -> found.add(decoded(object.getKey())));
        }
        Contract.equal(found, keys, "the keys of ListObjects");
        for (String key : keys) Scenario.CLIENT.deleteObject(Scenario.BUCKET, key);
        int leftCount = Scenario.CLIENT.listObjectsV2(Scenario.BUCKET, "control/").getObjectSummaries().size();
        Contract.equal(leftCount, 0, "the number of keys left");
        return "note: needs setEncodingType(\"url\"); without it the SDK's parser refuses the list, with it the program decodes the keys";
    }

    /** A key of a list that was asked for with the encoding `url`. */
    private static String decoded(String key) {
        return key.startsWith("control%2F") ? URLDecoder.decode(key, StandardCharsets.UTF_8) : key;
    }

    /** What a copy of one test differs in. */
    private interface Condition {
        void setIn(CopyObjectRequest request);
    }

    private static CopyObjectResult copy(Condition condition) {
        CopyObjectRequest request = new CopyObjectRequest(Scenario.BUCKET, "source", Scenario.BUCKET, "target");
        condition.setIn(request);
        return Scenario.CLIENT.copyObject(request);
    }

    private static String copyConditional() throws Throwable {
        String etag = Scenario.CLIENT.putObject(Scenario.BUCKET, "source", Scenario.stream("source")).getETag();
        Date past = new Date(System.currentTimeMillis() - 86_400_000), future = new Date(System.currentTimeMillis() + 86_400_000);
        List<Condition> passing = List.of(
                request -> request.setMatchingETagConstraints(List.of(etag)),
                request -> request.setNonmatchingETagConstraints(List.of("other")),
                request -> request.setModifiedSinceConstraint(past),
                request -> request.setUnmodifiedSinceConstraint(future));
        for (Condition condition : passing) Contract.equal(copy(condition).getETag(), etag, "the ETag of the copy");
        Scenario.refused("PreconditionFailed", () -> copy(request -> request.setMatchingETagConstraints(List.of("other"))));
        Scenario.refused("PreconditionFailed", () -> copy(request -> request.setUnmodifiedSinceConstraint(past)));
        List<Condition> unmodified = List.of(
                request -> request.setNonmatchingETagConstraints(List.of(etag)),
                request -> request.setModifiedSinceConstraint(future));
        for (Condition condition : unmodified) {
            OSSException failure = Contract.thrownBy(OSSException.class, () -> copy(condition));
            Contract.equal(failure.getErrorCode(), "NotModified", "the code that the SDK makes of 304");
        }
        return "";
    }

    private static String rangeIfRange() throws Throwable {
        String old = Scenario.CLIENT.putObject(Scenario.BUCKET, "joined", Scenario.stream("0123456789")).getETag();
        String current = Scenario.CLIENT.putObject(Scenario.BUCKET, "joined", Scenario.stream("abcdefghij")).getETag();
        Map<String, String> wanted = Map.of(old, "abcdefghij", current, "fghij");
        for (String etag : wanted.keySet()) {
            GetObjectRequest request = new GetObjectRequest(Scenario.BUCKET, "joined");
            request.setRange(5, -1);
            request.addHeader("If-Range", '"' + etag + '"');
            Contract.equal(Scenario.contentsOf(Scenario.CLIENT, request), wanted.get(etag), "the answer");
        }
        return "";
    }
}
