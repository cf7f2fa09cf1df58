import annals.interop.Contract;
import annals.interop.Pattern;
import com.aliyun.oss.event.ProgressEvent;
import com.aliyun.oss.event.ProgressEventType;
import com.aliyun.oss.model.AppendObjectRequest;
import com.aliyun.oss.model.AppendObjectResult;
import com.aliyun.oss.model.CannedAccessControlList;
import com.aliyun.oss.model.ObjectMetadata;
import com.aliyun.oss.model.ObjectPermission;
import com.aliyun.oss.model.SealAppendObjectRequest;
import com.aliyun.oss.model.StorageClass;
import com.aliyun.oss.model.TagSet;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Appends of all kinds, and what an appendable object refuses. */
final class AppendSteps {
    private static long next;
    private static String crc;

    private AppendSteps() {}

    static void run() {
        Contract.step("append-1", AppendSteps::first);
        Contract.step("append-2", () -> {
            AppendObjectResult result = Scenario.append(Scenario.GROWING, next, Scenario.SECOND);
            next = result.getNextPosition();
            crc = result.getObjectCRC();
            Contract.equal(next, (long) (Scenario.FIRST + Scenario.SECOND).length(), "the next position");
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.FIRST + Scenario.SECOND, "the contents");
            return "";
        });
        Contract.step("append-3", () -> {
            // With the CRC-64 of what is there the SDK checks that of the whole.
            AppendObjectResult result = Scenario.CLIENT.appendObject(
                    new AppendObjectRequest(Scenario.BUCKET, Scenario.GROWING, Scenario.stream(Scenario.THIRD))
                            .withPosition(next).withInitCRC(Long.parseUnsignedLong(crc)));
            next = result.getNextPosition();
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.WHOLE, "the contents");
            Contract.equal(result.getObjectCRC(), Pattern.crc64(Scenario.WHOLE.getBytes(StandardCharsets.UTF_8)), "the CRC-64");
            checkAttributes();
            return "";
        });
        Contract.step("append-sse", () -> {
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setServerSideEncryption(ObjectMetadata.AES_256_SERVER_SIDE_ENCRYPTION);
            Scenario.CLIENT.appendObject(
                    new AppendObjectRequest(Scenario.BUCKET, "encrypted", Scenario.stream(Scenario.FIRST), metadata).withPosition(0L));
            Scenario.append("encrypted", Scenario.FIRST.length(), Scenario.SECOND);
            Contract.equal(head("encrypted").getServerSideEncryption(), "AES256", "the encryption");
            Contract.equal(Scenario.contentsOf("encrypted"), Scenario.FIRST + Scenario.SECOND, "the contents");
            return "";
        });
        Contract.step("append-tagging", () -> {
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setObjectTagging(Map.of("site", "north gate", "kind", "log"));
            Scenario.CLIENT.appendObject(
                    new AppendObjectRequest(Scenario.BUCKET, "tagged", Scenario.stream(Scenario.FIRST), metadata).withPosition(0L));
            TagSet tags = Scenario.CLIENT.getObjectTagging(Scenario.BUCKET, "tagged");
            Contract.equal(tags.getAllTags(), Map.of("site", "north gate", "kind", "log"), "the tags");
            return "";
        });
        Contract.step("append-wrong-position", () -> {
            for (long position : new long[] {0, next - 1, next + 1}) {
                Scenario.refused("PositionNotEqualToLength", () -> Scenario.append(Scenario.GROWING, position, "lost"));
            }
            Contract.equal(head(Scenario.GROWING).getRawMetadata().get("x-oss-next-append-position"), String.valueOf(next),
                    "the next position by HEAD");
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.WHOLE, "the contents");
            return "note: the SDK's exception has no headers; HEAD tells the next position";
        });
        Contract.step("append-empty", () -> {
            Contract.equal(Scenario.append("empty", 0, "").getNextPosition(), 0L, "the next position");
            Contract.equal(head("empty").getObjectType(), "Appendable", "the type");
            long end = Scenario.append("empty", 0, Scenario.FIRST).getNextPosition();
            String before = head("empty").getETag();
            Contract.equal(Scenario.append("empty", end, "").getNextPosition(), end, "the next position");
            Contract.equal(head("empty").getETag(), before, "the ETag");
            return "";
        });
        Contract.step("append-64mib", AppendSteps::large);
        Contract.step("append-to-normal", () -> {
            Scenario.CLIENT.putObject(Scenario.BUCKET, "normal", Scenario.stream(Scenario.FIRST));
            for (long position : new long[] {0, Scenario.FIRST.length()}) {
                Scenario.refused("ObjectNotAppendable", () -> Scenario.append("normal", position, "lost"));
            }
            Contract.equal(Scenario.contentsOf("normal"), Scenario.FIRST, "the contents");
            return "";
        });
        Contract.step("seal", () -> {
            long end = Scenario.append("sealed", 0, Scenario.FIRST).getNextPosition();
            Scenario.refused("PositionNotEqualToLength", () -> seal(end - 1));
            seal(end);
            seal(end);
            Contract.holds(head("sealed").getRawMetadata().get("x-oss-sealed-time") != null, "HEAD tells the time of the seal");
            Scenario.refused("AppendSealedObjectNotAllowed", () -> Scenario.append("sealed", end, "lost"));
            Contract.equal(Scenario.contentsOf("sealed"), Scenario.FIRST, "the contents");
            return "";
        });
        Contract.step("overwrite-appendable", () -> {
            Scenario.refused("FileAlreadyExists",
                    () -> Scenario.CLIENT.putObject(Scenario.BUCKET, Scenario.GROWING, Scenario.stream("lost")));
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.WHOLE, "the contents");
            return "";
        });
        Contract.step("copy-appendable", () -> {
            Scenario.refused("OperationNotSupported", () -> Scenario.CLIENT.copyObject(
                    Scenario.BUCKET, Scenario.GROWING, Scenario.BUCKET, "copy of growing"));
            return "";
        });
    }

    private static String first() throws Exception {
        byte[] digest = MessageDigest.getInstance("MD5").digest(Scenario.FIRST.getBytes(StandardCharsets.UTF_8));
        ObjectMetadata metadata = new ObjectMetadata();
        metadata.setContentType("text/x-log");
        metadata.setContentMD5(Base64.getEncoder().encodeToString(digest));
        metadata.setObjectAcl(CannedAccessControlList.PublicRead);
        metadata.setHeader("x-oss-storage-class", StorageClass.IA.toString());
        metadata.addUserMetadata("source", "camera 7");
        AppendObjectResult result = Scenario.CLIENT.appendObject(
                new AppendObjectRequest(Scenario.BUCKET, Scenario.GROWING, Scenario.stream(Scenario.FIRST), metadata).withPosition(0L));
        next = result.getNextPosition();
        Contract.equal(next, (long) Scenario.FIRST.length(), "the next position");
        Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.FIRST, "the contents");
        checkAttributes();
        return "";
    }

    private static String large() throws Exception {
        byte[] body = Pattern.bytes(64 << 20);
        AtomicLong transferred = new AtomicLong();
        AppendObjectRequest request = new AppendObjectRequest(Scenario.BUCKET, "large", new ByteArrayInputStream(body))
                .withPosition(0L).withInitCRC(0L);
        request.setProgressListener((ProgressEvent event) -> {
            if (event.getEventType() == ProgressEventType.REQUEST_BYTE_TRANSFER_EVENT) transferred.addAndGet(event.getBytes());
        });
        AppendObjectResult result = Scenario.CLIENT.appendObject(request);
        Contract.equal(transferred.get(), (long) body.length, "the progress");
        Contract.equal(result.getNextPosition(), (long) body.length, "the next position");
        Contract.equal(result.getObjectCRC(), Pattern.crc64(body), "the CRC-64");
        Contract.equal(head("large").getContentLength(), (long) body.length, "the length");
        Contract.equal(Scenario.bytes(Scenario.CLIENT.getObject(Scenario.BUCKET, "large")), body, "the contents");
        return "";
    }

    private static void seal(long position) {
        Scenario.CLIENT.sealAppendObject(new SealAppendObjectRequest(Scenario.BUCKET, "sealed").withPosition(position));
    }

    private static ObjectMetadata head(String key) {
        return Scenario.CLIENT.getObjectMetadata(Scenario.BUCKET, key);
    }

    /** Compares what the first append set with what the object has. */
    private static void checkAttributes() {
        ObjectMetadata metadata = head(Scenario.GROWING);
        Contract.equal(metadata.getUserMetadata().get("source"), "camera 7", "the metadata");
        Contract.equal(metadata.getObjectStorageClass(), StorageClass.IA, "the storage class");
        Contract.equal(metadata.getContentType(), "text/x-log", "the content type");
        Contract.equal(Scenario.CLIENT.getObjectAcl(Scenario.BUCKET, Scenario.GROWING).getPermission(),
                ObjectPermission.PublicRead, "the ACL");
    }
}
