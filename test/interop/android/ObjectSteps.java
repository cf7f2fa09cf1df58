import annals.interop.Contract;
import annals.interop.Pattern;
import com.alibaba.sdk.android.oss.ServiceException;
import com.alibaba.sdk.android.oss.model.CompleteMultipartUploadRequest;
import com.alibaba.sdk.android.oss.model.CopyObjectRequest;
import com.alibaba.sdk.android.oss.model.DeleteMultipleObjectRequest;
import com.alibaba.sdk.android.oss.model.GetObjectRequest;
import com.alibaba.sdk.android.oss.model.InitiateMultipartUploadRequest;
import com.alibaba.sdk.android.oss.model.ListObjectsRequest;
import com.alibaba.sdk.android.oss.model.ListObjectsResult;
import com.alibaba.sdk.android.oss.model.ListPartsRequest;
import com.alibaba.sdk.android.oss.model.OSSObjectSummary;
import com.alibaba.sdk.android.oss.model.ObjectMetadata;
import com.alibaba.sdk.android.oss.model.PartETag;
import com.alibaba.sdk.android.oss.model.PartSummary;
import com.alibaba.sdk.android.oss.model.PutObjectRequest;
import com.alibaba.sdk.android.oss.model.Range;
import com.alibaba.sdk.android.oss.model.UploadPartRequest;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Reading, listing, uploading and deleting objects. */
final class ObjectSteps {
    private static final int PART_LENGTH = 100 << 10;

    private ObjectSteps() {}

    static void run() {
        Contract.step("head", () -> {
            ObjectMetadata metadata = Scenario.head(Scenario.GROWING);
            Contract.equal(metadata.getContentLength(), (long) Scenario.WHOLE.length(), "the length");
            Contract.equal(metadata.getObjectType(), "Appendable", "the type");
            Contract.equal(AppendSteps.nextPosition(), String.valueOf(Scenario.WHOLE.length()), "the next position");
            Contract.equal(metadata.getETag().length(), 32, "the length of the ETag");
            Contract.holds(metadata.getLastModified() != null, "the time of the last change is told");
            ServiceException failure = Contract.thrownBy(ServiceException.class, () -> Scenario.head("missing"));
            Contract.equal(failure.getStatusCode(), 404, "the status");
            boolean isThere = Scenario.CLIENT.doesObjectExist(Scenario.BUCKET, "missing");
            Contract.equal(isThere, false, "what is told of a missing object");
            return "note: the SDK does not read x-oss-err, so the error of a HEAD has a status and no code";
        });
        Contract.step("get", () -> {
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.WHOLE, "the contents");
            Scenario.refused("NoSuchKey", () -> Scenario.contentsOf("missing"));
            byte[] byName = Scenario.bytes(Scenario.connectByName(Scenario.ROOT), new GetObjectRequest(Scenario.BUCKET, Scenario.GROWING));
            Contract.equal(byName, Scenario.utf8(Scenario.WHOLE), "the contents through an endpoint with a name");
            return "";
        });
        Contract.step("range", () -> {
            Contract.equal(range(6, 10), Scenario.WHOLE.substring(6, 11), "bytes 6 to 10");
            Contract.equal(range(12, Range.INFINITE), Scenario.WHOLE.substring(12), "bytes from 12");
            return "";
        });
        Contract.step("list", ObjectSteps::list);
        Contract.step("put", () -> {
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setContentType("text/x-log");
            byte[] body = Scenario.utf8(Scenario.FIRST);
            String etag = Scenario.CLIENT.putObject(new PutObjectRequest(Scenario.BUCKET, "put", body, metadata)).getETag();
            byte[] digest = MessageDigest.getInstance("MD5").digest(body);
            Contract.equal(etag, String.format("%032X", new BigInteger(1, digest)), "the ETag");
            Contract.equal(Scenario.contentsOf("put"), Scenario.FIRST, "the contents");
            Contract.equal(Scenario.head("put").getContentType(), "text/x-log", "the content type");
            return "";
        });
        Contract.step("multipart", () -> {
            byte[] body = Pattern.bytes(250 << 10);
            String id = beginUpload("multipart");
            List<PartETag> parts = new ArrayList<>();
            for (int number = 1; number <= 3; number++) parts.add(uploadPart("multipart", id, body, number));
            Contract.equal(partsOf("multipart", id).size(), 3, "the number of listed parts");
            finishUpload("multipart", id, parts, body);
            Contract.equal(Scenario.head("multipart").getObjectType(), "Multipart", "the type");
            return "";
        });
        Contract.step("multipart-resume", () -> {
            byte[] body = Pattern.bytes(500 << 10);
            String id = beginUpload("resumed");
            for (int number = 1; number <= 2; number++) uploadPart("resumed", id, body, number);
            // What another run of an app would do: find out what is there and send what is missing.
            List<PartETag> parts = partsOf("resumed", id);
            Contract.equal(parts.size(), 2, "the number of parts that are there");
            for (int number = 3; number <= 5; number++) parts.add(uploadPart("resumed", id, body, number));
            finishUpload("resumed", id, parts, body);
            return "note: by ListParts; the SDK's resumableUpload keeps its record in the device's preferences";
        });
        Contract.step("copy", () -> {
            Scenario.put("copied/from here", Scenario.FIRST);
            Scenario.CLIENT.copyObject(new CopyObjectRequest(Scenario.BUCKET, "copied/from here", Scenario.BUCKET, "copied/to"));
            Contract.equal(Scenario.contentsOf("copied/to"), Scenario.FIRST, "the contents");
            return "";
        });
        Contract.step("delete-many", () -> {
            List<String> keys = List.of("doomed/1", "doomed/2 & 3", "doomed/missing");
            Scenario.put(keys.get(0), Scenario.FIRST);
            // The SDK writes keys into its XML as they are, so one with & would not be XML.
            Scenario.put("doomed/2 and 3", Scenario.FIRST);
            List<String> sent = List.of(keys.get(0), "doomed/2 and 3", keys.get(2));
            List<String> deleted = Scenario.CLIENT.deleteMultipleObject(
                    new DeleteMultipleObjectRequest(Scenario.BUCKET, sent, false)).getDeletedObjects();
            Contract.equal(new TreeSet<>(deleted), new TreeSet<>(sent), "the deleted keys");
            boolean isThere = Scenario.CLIENT.doesObjectExist(Scenario.BUCKET, keys.get(0));
            Contract.equal(isThere, false, "what is told of a deleted object");
            return "";
        });
    }

    private static String range(long begin, long end) throws Exception {
        GetObjectRequest request = new GetObjectRequest(Scenario.BUCKET, Scenario.GROWING);
        request.setRange(new Range(begin, end));
        return new String(Scenario.bytes(Scenario.CLIENT, request), StandardCharsets.UTF_8);
    }

    private static String list() throws Exception {
        Scenario.put("listed/normal", Scenario.FIRST);
        Scenario.append("listed/growing", 0, Scenario.SECOND);
        Scenario.put("listed/deep/below", Scenario.THIRD);
        Map<String, String> found = new HashMap<>();
        ListObjectsRequest request = new ListObjectsRequest(Scenario.BUCKET, "listed/", null, "/", 2);
        ListObjectsResult page;
        do {
            page = Scenario.CLIENT.listObjects(request);
            for (OSSObjectSummary object : page.getObjectSummaries()) {
                found.put(object.getKey(), object.getType() + " " + object.getSize());
            }
            for (String prefix : page.getCommonPrefixes()) found.put(prefix, "prefix");
            request.setMarker(page.getNextMarker());
        } while (page.isTruncated());
        Contract.equal(found, Map.of(
                "listed/normal", "Normal " + Scenario.FIRST.length(),
                "listed/growing", "Appendable " + Scenario.SECOND.length(),
                "listed/deep/", "prefix"), "the entries");
        return "";
    }

    private static String beginUpload(String key) throws Exception {
        return Scenario.CLIENT.initMultipartUpload(new InitiateMultipartUploadRequest(Scenario.BUCKET, key)).getUploadId();
    }

    private static PartETag uploadPart(String key, String id, byte[] body, int number) throws Exception {
        UploadPartRequest request = new UploadPartRequest(Scenario.BUCKET, key, id, number);
        request.setPartContent(Arrays.copyOfRange(body, (number - 1) * PART_LENGTH, Math.min(number * PART_LENGTH, body.length)));
        return new PartETag(number, Scenario.CLIENT.uploadPart(request).getETag());
    }

    private static List<PartETag> partsOf(String key, String id) throws Exception {
        List<PartETag> parts = new ArrayList<>();
        for (PartSummary part : Scenario.CLIENT.listParts(new ListPartsRequest(Scenario.BUCKET, key, id)).getParts()) {
            parts.add(new PartETag(part.getPartNumber(), part.getETag()));
        }
        return parts;
    }

    private static void finishUpload(String key, String id, List<PartETag> parts, byte[] body) throws Exception {
        Scenario.CLIENT.completeMultipartUpload(new CompleteMultipartUploadRequest(Scenario.BUCKET, key, id, parts));
        Contract.equal(Scenario.bytes(Scenario.CLIENT, new GetObjectRequest(Scenario.BUCKET, key)), body, "the contents");
    }
}
