import annals.interop.Contract;
import annals.interop.Pattern;
import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.ClientException;
import com.aliyun.oss.HttpMethod;
import com.aliyun.oss.OSS;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.model.CompleteMultipartUploadRequest;
import com.aliyun.oss.model.DeleteObjectsRequest;
import com.aliyun.oss.model.GetObjectRequest;
import com.aliyun.oss.model.InitiateMultipartUploadRequest;
import com.aliyun.oss.model.ListObjectsV2Request;
import com.aliyun.oss.model.ListObjectsV2Result;
import com.aliyun.oss.model.ListPartsRequest;
import com.aliyun.oss.model.OSSObjectSummary;
import com.aliyun.oss.model.ObjectMetadata;
import com.aliyun.oss.model.PartETag;
import com.aliyun.oss.model.PutObjectResult;
import com.aliyun.oss.model.UploadFileRequest;
import com.aliyun.oss.model.UploadPartRequest;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/** Reading, listing, uploading and deleting objects. */
final class ObjectSteps {
    private ObjectSteps() {}

    static void run() {
        Contract.step("head", () -> {
            ObjectMetadata metadata = Scenario.CLIENT.getObjectMetadata(Scenario.BUCKET, Scenario.GROWING);
            Contract.equal(metadata.getContentLength(), (long) Scenario.WHOLE.length(), "the length");
            Contract.equal(metadata.getObjectType(), "Appendable", "the type");
            Contract.equal(metadata.getRawMetadata().get("x-oss-next-append-position"),
                    String.valueOf(Scenario.WHOLE.length()), "the next position");
            Contract.equal(metadata.getETag().length(), 32, "the length of the ETag");
            Contract.equal(metadata.getUserMetadata().get("source"), "camera 7", "the metadata");
            Contract.holds(metadata.getLastModified() != null, "the time of the last change is told");
            Scenario.refused("NoSuchKey", () -> Scenario.CLIENT.getObjectMetadata(Scenario.BUCKET, "missing"));
            Contract.equal(Scenario.CLIENT.doesObjectExist(Scenario.BUCKET, "missing"), false, "what is told of a missing object");
            return "";
        });
        Contract.step("get", () -> {
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.WHOLE, "the contents");
            Scenario.refused("NoSuchKey", () -> Scenario.CLIENT.getObject(Scenario.BUCKET, "missing"));
            return "";
        });
        Contract.step("range", () -> {
            int length = Scenario.WHOLE.length();
            Contract.equal(range(6, 10), Scenario.WHOLE.substring(6, 11), "bytes 6 to 10");
            Contract.equal(range(12, -1), Scenario.WHOLE.substring(12), "bytes from 12");
            Contract.equal(range(-1, 6), Scenario.WHOLE.substring(length - 6), "the last 6 bytes");
            return "";
        });
        Contract.step("list", ObjectSteps::list);
        Contract.step("put", () -> {
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setContentType("text/x-log");
            PutObjectResult result = Scenario.CLIENT.putObject(Scenario.BUCKET, "put", Scenario.stream(Scenario.FIRST), metadata);
            byte[] digest = MessageDigest.getInstance("MD5").digest(Scenario.FIRST.getBytes(StandardCharsets.UTF_8));
            Contract.equal(result.getETag(), String.format("%032X", new BigInteger(1, digest)), "the ETag");
            Contract.equal(Scenario.contentsOf("put"), Scenario.FIRST, "the contents");
            Contract.equal(Scenario.CLIENT.getObjectMetadata(Scenario.BUCKET, "put").getContentType(), "text/x-log", "the content type");
            return "";
        });
        Contract.step("multipart", ObjectSteps::uploadParts);
        Contract.step("multipart-resume", ObjectSteps::resumeUpload);
        Contract.step("copy", () -> {
            put("copied/from here", Scenario.FIRST);
            Scenario.CLIENT.copyObject(Scenario.BUCKET, "copied/from here", Scenario.BUCKET, "copied/to");
            Contract.equal(Scenario.contentsOf("copied/to"), Scenario.FIRST, "the contents");
            return "";
        });
        Contract.step("delete-many", () -> {
            List<String> keys = List.of("doomed/1", "doomed/2 & 3", "doomed/missing");
            put(keys.get(0), Scenario.FIRST);
            put(keys.get(1), Scenario.FIRST);
            List<String> deleted = Scenario.CLIENT.deleteObjects(new DeleteObjectsRequest(Scenario.BUCKET).withKeys(keys))
                    .getDeletedObjects();
            Contract.equal(new TreeSet<>(deleted), new TreeSet<>(keys), "the deleted keys");
            Contract.equal(Scenario.CLIENT.doesObjectExist(Scenario.BUCKET, keys.get(0)), false, "what is told of a deleted object");
            return "";
        });
    }

    static void put(String key, String text) {
        Scenario.CLIENT.putObject(Scenario.BUCKET, key, Scenario.stream(text));
    }

    private static String range(long first, long last) throws Exception {
        GetObjectRequest request = new GetObjectRequest(Scenario.BUCKET, Scenario.GROWING);
        request.setRange(first, last);
        return Scenario.contentsOf(Scenario.CLIENT, request);
    }

    private static String list() {
        put("listed/normal", Scenario.FIRST);
        Scenario.append("listed/growing", 0, Scenario.SECOND);
        put("listed/deep/below", Scenario.THIRD);
        Map<String, String> found = new HashMap<>();
        ListObjectsV2Request request = new ListObjectsV2Request(Scenario.BUCKET).withPrefix("listed/").withDelimiter("/").withMaxKeys(2);
        ListObjectsV2Result page;
        do {
            page = Scenario.CLIENT.listObjectsV2(request);
            for (OSSObjectSummary object : page.getObjectSummaries()) {
                found.put(object.getKey(), object.getType() + " " + object.getSize());
            }
            for (String prefix : page.getCommonPrefixes()) found.put(prefix, "prefix");
            request.setContinuationToken(page.getNextContinuationToken());
        } while (page.isTruncated());
        Contract.equal(found, Map.of(
                "listed/normal", "Normal " + Scenario.FIRST.length(),
                "listed/growing", "Appendable " + Scenario.SECOND.length(),
                "listed/deep/", "prefix"), "the entries");
        int count = Scenario.CLIENT.listObjects(Scenario.BUCKET, "listed/").getObjectSummaries().size();
        Contract.equal(count, 3, "the number of entries of the first kind of list");
        return "";
    }

    private static String uploadParts() throws Exception {
        byte[] body = Pattern.bytes(250 << 10);
        String key = "multipart";
        String id = Scenario.CLIENT.initiateMultipartUpload(new InitiateMultipartUploadRequest(Scenario.BUCKET, key)).getUploadId();
        List<PartETag> parts = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
            byte[] piece = Arrays.copyOfRange(body, (number - 1) * 100 << 10, Math.min(number * 100 << 10, body.length));
            parts.add(Scenario.CLIENT.uploadPart(new UploadPartRequest(
                    Scenario.BUCKET, key, id, number, new ByteArrayInputStream(piece), piece.length)).getPartETag());
        }
        int listedCount = Scenario.CLIENT.listParts(new ListPartsRequest(Scenario.BUCKET, key, id)).getParts().size();
        Contract.equal(listedCount, 3, "the number of listed parts");
        Scenario.CLIENT.completeMultipartUpload(new CompleteMultipartUploadRequest(Scenario.BUCKET, key, id, parts));
        Contract.equal(Scenario.CLIENT.getObjectMetadata(Scenario.BUCKET, key).getObjectType(), "Multipart", "the type");
        Contract.equal(Scenario.bytes(Scenario.CLIENT.getObject(Scenario.BUCKET, key)), body, "the contents");
        return "";
    }

    /** Breaks an upload of five parts off at the third; the second try, from the SDK's checkpoint, sends three. */
    private static String resumeUpload() throws Throwable {
        byte[] body = Pattern.bytes(500 << 10);
        Path file = Path.of(Contract.environment("SCRATCH"), "resumed-" + Contract.environment("SIGNATURE"));
        Files.write(file, body);
        Throwable failure = Contract.thrownBy(Throwable.class, () -> upload(file, 3));
        Contract.holds(!(failure instanceof AssertionError), "the broken upload fails");
        Contract.equal(upload(file, Integer.MAX_VALUE), 3, "the number of parts of the second try");
        Contract.equal(Scenario.bytes(Scenario.CLIENT.getObject(Scenario.BUCKET, "resumed")), body, "the contents");
        return "";
    }

    /** Uploads with a signer that counts parts and refuses one of them; gives how many there were. */
    private static int upload(Path file, int refusedAt) throws Throwable {
        AtomicInteger count = new AtomicInteger();
        ClientBuilderConfiguration configuration = Scenario.configuration();
        configuration.setMaxErrorRetry(0);
        configuration.setSignerHandlers(List.of(request -> {
            boolean isPart = request.getMethod() == HttpMethod.PUT && request.getParameters().containsKey("partNumber");
            if (isPart && count.incrementAndGet() >= refusedAt) throw new ClientException("the connection is cut");
        }));
        OSS counted = Scenario.connect(new DefaultCredentialProvider(
                Contract.environment("OSS_ACCESS_KEY_ID"), Contract.environment("OSS_ACCESS_KEY_SECRET")), configuration);
        try {
            counted.uploadFile(new UploadFileRequest(Scenario.BUCKET, "resumed", file.toString(), 100 << 10, 1, true));
            return count.get();
        } finally {
            counted.shutdown();
        }
    }
}
