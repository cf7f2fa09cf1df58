import annals.interop.Contract;
import annals.interop.Pattern;
import com.alibaba.sdk.android.oss.model.AppendObjectRequest;
import com.alibaba.sdk.android.oss.model.AppendObjectResult;
import com.alibaba.sdk.android.oss.model.CopyObjectRequest;
import com.alibaba.sdk.android.oss.model.GetObjectACLRequest;
import com.alibaba.sdk.android.oss.model.GetObjectRequest;
import com.alibaba.sdk.android.oss.model.GetObjectTaggingRequest;
import com.alibaba.sdk.android.oss.model.OSSRequest;
import com.alibaba.sdk.android.oss.model.ObjectMetadata;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Appends of all kinds, and what an appendable object refuses. */
final class AppendSteps {
    private static AppendObjectResult last;

    private AppendSteps() {}

    static void run() {
        Contract.step("append-1", () -> {
            byte[] digest = MessageDigest.getInstance("MD5").digest(Scenario.utf8(Scenario.FIRST));
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setContentType("text/x-log");
            metadata.setContentMD5(Base64.getEncoder().encodeToString(digest));
            metadata.setHeader("x-oss-object-acl", "public-read");
            metadata.setHeader("x-oss-storage-class", "IA");
            metadata.addUserMetadata("x-oss-meta-source", "camera 7");
            last = append(Scenario.GROWING, Scenario.FIRST, metadata);
            Contract.equal(last.getNextPosition(), (long) Scenario.FIRST.length(), "the next position");
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.FIRST, "the contents");
            checkAttributes();
            return "";
        });
        Contract.step("append-2", () -> {
            last = Scenario.append(Scenario.GROWING, last.getNextPosition(), Scenario.SECOND);
            Contract.equal(last.getNextPosition(), (long) (Scenario.FIRST + Scenario.SECOND).length(), "the next position");
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.FIRST + Scenario.SECOND, "the contents");
            return "";
        });
        Contract.step("append-3", () -> {
            AppendObjectRequest request = Scenario.appending(
                    Scenario.GROWING, last.getNextPosition(), Scenario.utf8(Scenario.THIRD), new ObjectMetadata());
            // With the CRC-64 of what is there the SDK checks that of the whole; without it, asked to check, it reports a difference.
            request.setCRC64(OSSRequest.CRC64Config.YES);
            request.setInitCRC64(Long.parseUnsignedLong(last.getObjectCRC64()));
            last = Scenario.CLIENT.appendObject(request);
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.WHOLE, "the contents");
            Contract.equal(last.getObjectCRC64(), Pattern.crc64(Scenario.utf8(Scenario.WHOLE)), "the CRC-64");
            checkAttributes();
            return "";
        });
        Contract.step("append-sse", () -> {
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setServerSideEncryption(ObjectMetadata.AES_256_SERVER_SIDE_ENCRYPTION);
            append("encrypted", Scenario.FIRST, metadata);
            Scenario.append("encrypted", Scenario.FIRST.length(), Scenario.SECOND);
            Contract.equal(Scenario.head("encrypted").getServerSideEncryption(), "AES256", "the encryption");
            Contract.equal(Scenario.contentsOf("encrypted"), Scenario.FIRST + Scenario.SECOND, "the contents");
            return "";
        });
        Contract.step("append-tagging", () -> {
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setHeader("x-oss-tagging", "site=north%20gate&kind=log");
            append("tagged", Scenario.FIRST, metadata);
            Map<String, String> tags = Scenario.CLIENT.getObjectTagging(new GetObjectTaggingRequest(Scenario.BUCKET, "tagged")).getTags();
            Contract.equal(tags, Map.of("site", "north gate", "kind", "log"), "the tags");
            return "";
        });
        Contract.step("append-wrong-position", () -> {
            long next = last.getNextPosition();
            for (long position : new long[] {0, next - 1, next + 1}) {
                int status = Scenario.refused("PositionNotEqualToLength",
                        () -> Scenario.append(Scenario.GROWING, position, "lost")).getStatusCode();
                Contract.equal(status, 409, "the status");
            }
            Contract.equal(nextPosition(), String.valueOf(next), "the next position by HEAD");
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.WHOLE, "the contents");
            return "note: the SDK's exception has no headers; HEAD tells the next position";
        });
        Contract.step("append-empty", () -> {
            Contract.equal(Scenario.append("empty", 0, "").getNextPosition(), 0L, "the next position");
            Contract.equal(Scenario.head("empty").getObjectType(), "Appendable", "the type");
            long end = Scenario.append("empty", 0, Scenario.FIRST).getNextPosition();
            String before = Scenario.head("empty").getETag();
            Contract.equal(Scenario.append("empty", end, "").getNextPosition(), end, "the next position");
            Contract.equal(Scenario.head("empty").getETag(), before, "the ETag");
            return "";
        });
        Contract.step("append-64mib", () -> {
            byte[] body = Pattern.bytes(64 << 20);
            AtomicLong transferred = new AtomicLong();
            AppendObjectRequest request = Scenario.appending("large", 0, body, new ObjectMetadata());
            request.setCRC64(OSSRequest.CRC64Config.YES);
            request.setInitCRC64(0L);
            request.setProgressCallback((of, reached, total) -> transferred.set(reached));
            AppendObjectResult result = Scenario.CLIENT.appendObject(request);
            Contract.equal(transferred.get(), (long) body.length, "the progress");
            Contract.equal(result.getNextPosition(), (long) body.length, "the next position");
            Contract.equal(result.getObjectCRC64(), Pattern.crc64(body), "the CRC-64");
            Contract.equal(Scenario.head("large").getContentLength(), (long) body.length, "the length");
            Contract.equal(Scenario.bytes(Scenario.CLIENT, new GetObjectRequest(Scenario.BUCKET, "large")), body, "the contents");
            return "";
        });
        Contract.step("append-to-normal", () -> {
            Scenario.put("normal", Scenario.FIRST);
            for (long position : new long[] {0, Scenario.FIRST.length()}) {
                Scenario.refused("ObjectNotAppendable", () -> Scenario.append("normal", position, "lost"));
            }
            Contract.equal(Scenario.contentsOf("normal"), Scenario.FIRST, "the contents");
            return "";
        });
        Contract.notInSdk("the SDK has no SealAppendObject", "seal");
        Contract.step("overwrite-appendable", () -> {
            Scenario.refused("FileAlreadyExists", () -> Scenario.put(Scenario.GROWING, "lost"));
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.WHOLE, "the contents");
            return "";
        });
        Contract.step("copy-appendable", () -> {
            Scenario.refused("OperationNotSupported", () -> Scenario.CLIENT.copyObject(
                    new CopyObjectRequest(Scenario.BUCKET, Scenario.GROWING, Scenario.BUCKET, "copy of growing")));
            return "";
        });
    }

    static String nextPosition() throws Exception {
        return String.valueOf(Scenario.head(Scenario.GROWING).getRawMetadata().get("x-oss-next-append-position"));
    }

    private static AppendObjectResult append(String key, String text, ObjectMetadata metadata) throws Exception {
        return Scenario.CLIENT.appendObject(Scenario.appending(key, 0, Scenario.utf8(text), metadata));
    }

    /** Compares what the first append set with what the object has. */
    private static void checkAttributes() throws Exception {
        ObjectMetadata metadata = Scenario.head(Scenario.GROWING);
        Contract.equal(metadata.getUserMetadata().get("x-oss-meta-source"), "camera 7", "the metadata");
        Contract.equal(metadata.getRawMetadata().get("x-oss-storage-class"), "IA", "the storage class");
        Contract.equal(metadata.getContentType(), "text/x-log", "the content type");
        String acl = Scenario.CLIENT.getObjectACL(new GetObjectACLRequest(Scenario.BUCKET, Scenario.GROWING)).getObjectACL();
        Contract.equal(acl, "public-read", "the ACL");
    }
}
