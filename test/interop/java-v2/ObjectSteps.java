import annals.interop.Contract;
import annals.interop.Pattern;
import com.aliyun.sdk.service.oss2.models.CompleteMultipartUpload;
import com.aliyun.sdk.service.oss2.models.CompleteMultipartUploadRequest;
import com.aliyun.sdk.service.oss2.models.CopyObjectRequest;
import com.aliyun.sdk.service.oss2.models.Delete;
import com.aliyun.sdk.service.oss2.models.DeleteMultipleObjectsRequest;
import com.aliyun.sdk.service.oss2.models.DeletedInfo;
import com.aliyun.sdk.service.oss2.models.GetObjectRequest;
import com.aliyun.sdk.service.oss2.models.HeadObjectResult;
import com.aliyun.sdk.service.oss2.models.InitiateMultipartUploadRequest;
import com.aliyun.sdk.service.oss2.models.ListObjectsRequest;
import com.aliyun.sdk.service.oss2.models.ListObjectsV2Request;
import com.aliyun.sdk.service.oss2.models.ListObjectsV2Result;
import com.aliyun.sdk.service.oss2.models.ListPartsRequest;
import com.aliyun.sdk.service.oss2.models.ObjectIdentifier;
import com.aliyun.sdk.service.oss2.models.Part;
import com.aliyun.sdk.service.oss2.models.PutObjectRequest;
import com.aliyun.sdk.service.oss2.models.UploadPartRequest;
import com.aliyun.sdk.service.oss2.transport.BinaryData;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reading, listing, uploading and deleting objects. */
final class ObjectSteps {
    private static final int PART_LENGTH = 100 << 10;

    private ObjectSteps() {}

    static void run() {
        Contract.step("head", () -> {
            HeadObjectResult answer = Scenario.head(Scenario.GROWING);
            Contract.equal(answer.contentLength(), (long) Scenario.WHOLE.length(), "the length");
            Contract.equal(answer.objectType(), "Appendable", "the type");
            Contract.equal(answer.nextAppendPosition(), (long) Scenario.WHOLE.length(), "the next position");
            Contract.equal(answer.eTag().length(), 34, "the length of the quoted ETag");
            Contract.equal(answer.metadata().get("source"), "camera 7", "the metadata");
            Contract.holds(answer.lastModified() != null, "the time of the last change is told");
            Scenario.refused("NoSuchKey", () -> Scenario.head("missing"));
            Contract.equal(Scenario.CLIENT.doesObjectExist(Scenario.BUCKET, "missing"), false, "what is told of a missing object");
            return "";
        });
        Contract.step("get", () -> {
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.WHOLE, "the contents");
            int status = Scenario.refused("NoSuchKey", () -> Scenario.contentsOf("missing")).statusCode();
            Contract.equal(status, 404, "the status");
            return "";
        });
        Contract.step("range", () -> {
            int length = Scenario.WHOLE.length();
            Contract.equal(range("bytes=6-10"), Scenario.WHOLE.substring(6, 11), "bytes 6 to 10");
            Contract.equal(range("bytes=12-"), Scenario.WHOLE.substring(12), "bytes from 12");
            Contract.equal(range("bytes=-6"), Scenario.WHOLE.substring(length - 6), "the last 6 bytes");
            return "";
        });
        Contract.step("list", ObjectSteps::list);
        Contract.step("put", () -> {
            String etag = Scenario.CLIENT.putObject(PutObjectRequest.newBuilder().bucket(Scenario.BUCKET).key("put")
                    .contentType("text/x-log").body(BinaryData.fromString(Scenario.FIRST)).build()).eTag();
            byte[] digest = MessageDigest.getInstance("MD5").digest(Scenario.FIRST.getBytes(StandardCharsets.UTF_8));
            Contract.equal(etag, String.format("\"%032X\"", new BigInteger(1, digest)), "the ETag");
            Contract.equal(Scenario.contentsOf("put"), Scenario.FIRST, "the contents");
            Contract.equal(Scenario.head("put").contentType(), "text/x-log", "the content type");
            return "";
        });
        Contract.step("multipart", () -> {
            byte[] body = Pattern.bytes(250 << 10);
            String id = beginUpload("multipart");
            List<Part> parts = new ArrayList<>();
            for (int number = 1; number <= 3; number++) parts.add(uploadPart("multipart", id, body, number));
            Contract.equal(partsOf("multipart", id).size(), 3, "the number of listed parts");
            finishUpload("multipart", id, parts, body);
            Contract.equal(Scenario.head("multipart").objectType(), "Multipart", "the type");
            return "";
        });
        Contract.step("multipart-resume", () -> {
            byte[] body = Pattern.bytes(500 << 10);
            String id = beginUpload("resumed");
            for (int number = 1; number <= 2; number++) uploadPart("resumed", id, body, number);
            // What another run of a program would do: find out what is there and send what is missing.
            List<Part> parts = new ArrayList<>(partsOf("resumed", id));
            Contract.equal(parts.size(), 2, "the number of parts that are there");
            for (int number = parts.size() + 1; number <= 5; number++) parts.add(uploadPart("resumed", id, body, number));
            finishUpload("resumed", id, parts, body);
            return "note: the SDK has no uploader with checkpoints yet; ListParts tells what is there";
        });
        Contract.step("copy", () -> {
            Scenario.put("copied/from here", Scenario.FIRST);
            Scenario.CLIENT.copyObject(CopyObjectRequest.newBuilder().bucket(Scenario.BUCKET).key("copied/to")
                    .sourceBucket(Scenario.BUCKET).sourceKey("copied/from here").build());
            Contract.equal(Scenario.contentsOf("copied/to"), Scenario.FIRST, "the contents");
            return "";
        });
        Contract.step("delete-many", () -> {
            Set<String> keys = Set.of("doomed/1", "doomed/2 & 3", "doomed/missing");
            Scenario.put("doomed/1", Scenario.FIRST);
            Scenario.put("doomed/2 & 3", Scenario.FIRST);
            List<DeletedInfo> deleted = Scenario.CLIENT.deleteMultipleObjects(DeleteMultipleObjectsRequest.newBuilder()
                    .bucket(Scenario.BUCKET)
                    .delete(Delete.newBuilder().objects(keys.stream()
                            .map(key -> ObjectIdentifier.newBuilder().key(key).build())
                            .collect(Collectors.toList())).build())
                    .build()).deletedObjects();
            Contract.equal(deleted.stream().map(DeletedInfo::key).collect(Collectors.toSet()), keys, "the deleted keys");
            Scenario.refused("NoSuchKey", () -> Scenario.head("doomed/1"));
            return "";
        });
    }

    private static String range(String range) throws Exception {
        return Scenario.contentsOf(Scenario.CLIENT,
                GetObjectRequest.newBuilder().bucket(Scenario.BUCKET).key(Scenario.GROWING).range(range).build());
    }

    private static String list() {
        Scenario.put("listed/normal", Scenario.FIRST);
        Scenario.append("listed/growing", 0, Scenario.SECOND);
        Scenario.put("listed/deep/below", Scenario.THIRD);
        Map<String, String> found = new HashMap<>();
        for (ListObjectsV2Result page : Scenario.CLIENT.listObjectsV2Paginator(ListObjectsV2Request.newBuilder()
                .bucket(Scenario.BUCKET).prefix("listed/").delimiter("/").maxKeys(2L).build())) {
            if (page.contents() != null) {
                page.contents().forEach(object -> found.put(object.key(), object.type() + " " + object.size()));
            }
            if (page.commonPrefixes() != null) page.commonPrefixes().forEach(prefix -> found.put(prefix.prefix(), "prefix"));
        }
        Contract.equal(found, Map.of(
                "listed/normal", "Normal " + Scenario.FIRST.length(),
                "listed/growing", "Appendable " + Scenario.SECOND.length(),
                "listed/deep/", "prefix"), "the entries");
        int count = Scenario.CLIENT.listObjects(ListObjectsRequest.newBuilder().bucket(Scenario.BUCKET).prefix("listed/").build())
                .contents().size();
        Contract.equal(count, 3, "the number of entries of the first kind of list");
        return "";
    }

    private static String beginUpload(String key) {
        return Scenario.CLIENT.initiateMultipartUpload(
                        InitiateMultipartUploadRequest.newBuilder().bucket(Scenario.BUCKET).key(key).build())
                .initiateMultipartUpload().uploadId();
    }

    private static Part uploadPart(String key, String id, byte[] body, int number) {
        byte[] piece = Arrays.copyOfRange(body, (number - 1) * PART_LENGTH, Math.min(number * PART_LENGTH, body.length));
        String etag = Scenario.CLIENT.uploadPart(UploadPartRequest.newBuilder().bucket(Scenario.BUCKET).key(key)
                .uploadId(id).partNumber((long) number).body(BinaryData.fromBytes(piece)).build()).eTag();
        return Part.newBuilder().partNumber((long) number).eTag(etag).build();
    }

    private static List<Part> partsOf(String key, String id) {
        return Scenario.CLIENT.listParts(
                ListPartsRequest.newBuilder().bucket(Scenario.BUCKET).key(key).uploadId(id).build()).parts();
    }

    private static void finishUpload(String key, String id, List<Part> parts, byte[] body) throws Exception {
        List<Part> named = parts.stream()
                .map(part -> Part.newBuilder().partNumber(part.partNumber()).eTag(part.eTag()).build())
                .collect(Collectors.toList());
        Scenario.CLIENT.completeMultipartUpload(CompleteMultipartUploadRequest.newBuilder().bucket(Scenario.BUCKET).key(key)
                .uploadId(id).completeMultipartUpload(CompleteMultipartUpload.newBuilder().parts(named).build()).build());
        Contract.equal(Scenario.bytes(Scenario.CLIENT, Scenario.getting(key)), body, "the contents");
    }
}
