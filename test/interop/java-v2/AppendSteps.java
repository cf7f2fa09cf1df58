import annals.interop.Contract;
import annals.interop.Pattern;
import com.aliyun.sdk.service.oss2.exceptions.ServiceException;
import com.aliyun.sdk.service.oss2.models.AppendObjectRequest;
import com.aliyun.sdk.service.oss2.models.AppendObjectResult;
import com.aliyun.sdk.service.oss2.models.CopyObjectRequest;
import com.aliyun.sdk.service.oss2.models.GetObjectAclRequest;
import com.aliyun.sdk.service.oss2.models.HeadObjectResult;
import com.aliyun.sdk.service.oss2.models.SealAppendObjectRequest;
import com.aliyun.sdk.service.oss2.models.SealAppendObjectResult;
import com.aliyun.sdk.service.oss2.progress.ProgressListener;
import com.aliyun.sdk.service.oss2.transport.BinaryData;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Appends of all kinds, and what an appendable object refuses. */
final class AppendSteps {
    private static AppendObjectResult last;

    private AppendSteps() {}

    static void run() {
        Contract.step("append-1", AppendSteps::first);
        Contract.step("append-2", () -> {
            last = Scenario.append(Scenario.GROWING, last.nextAppendPosition(), Scenario.SECOND);
            Contract.equal(last.nextAppendPosition(), (long) (Scenario.FIRST + Scenario.SECOND).length(), "the next position");
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.FIRST + Scenario.SECOND, "the contents");
            return "";
        });
        Contract.step("append-3", () -> {
            // With the CRC-64 of what is there the SDK checks that of the whole.
            last = Scenario.CLIENT.appendObject(Scenario.appending(Scenario.GROWING, last.nextAppendPosition(), Scenario.THIRD)
                    .initHashCRC64(Long.parseUnsignedLong(last.hashCrc64ecma())).build());
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.WHOLE, "the contents");
            Contract.equal(last.hashCrc64ecma(), Pattern.crc64(Scenario.WHOLE.getBytes(StandardCharsets.UTF_8)), "the CRC-64");
            checkAttributes();
            return "";
        });
        Contract.step("append-sse", () -> {
            Scenario.CLIENT.appendObject(Scenario.appending("encrypted", 0, Scenario.FIRST).serverSideEncryption("AES256").build());
            Scenario.append("encrypted", Scenario.FIRST.length(), Scenario.SECOND);
            Contract.equal(Scenario.head("encrypted").serverSideEncryption(), "AES256", "the encryption");
            Contract.equal(Scenario.contentsOf("encrypted"), Scenario.FIRST + Scenario.SECOND, "the contents");
            return "";
        });
        Contract.step("append-tagging", () -> {
            Scenario.CLIENT.appendObject(Scenario.appending("tagged", 0, Scenario.FIRST).tagging("site=north%20gate&kind=log").build());
            Contract.equal(BucketSteps.tagsOf("tagged"), Map.of("site", "north gate", "kind", "log"), "the tags");
            return "";
        });
        Contract.step("append-wrong-position", () -> {
            long next = last.nextAppendPosition();
            for (long position : new long[] {0, next - 1, next + 1}) {
                ServiceException failure = Scenario.refused("PositionNotEqualToLength",
                        () -> Scenario.append(Scenario.GROWING, position, "lost"));
                Contract.equal(failure.statusCode(), 409, "the status");
                Contract.equal(failure.headers().get("x-oss-next-append-position"), String.valueOf(next), "the next position in the error");
            }
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.WHOLE, "the contents");
            return "";
        });
        Contract.step("append-empty", () -> {
            Contract.equal(Scenario.append("empty", 0, "").nextAppendPosition(), 0L, "the next position");
            Contract.equal(Scenario.head("empty").objectType(), "Appendable", "the type");
            long end = Scenario.append("empty", 0, Scenario.FIRST).nextAppendPosition();
            String before = Scenario.head("empty").eTag();
            Contract.equal(Scenario.append("empty", end, "").nextAppendPosition(), end, "the next position");
            Contract.equal(Scenario.head("empty").eTag(), before, "the ETag");
            return "";
        });
        Contract.step("append-64mib", AppendSteps::large);
        Contract.step("append-to-normal", () -> {
            Scenario.put("normal", Scenario.FIRST);
            for (long position : new long[] {0, Scenario.FIRST.length()}) {
                Scenario.refused("ObjectNotAppendable", () -> Scenario.append("normal", position, "lost"));
            }
            Contract.equal(Scenario.contentsOf("normal"), Scenario.FIRST, "the contents");
            return "";
        });
        Contract.step("seal", () -> {
            long end = Scenario.append("sealed", 0, Scenario.FIRST).nextAppendPosition();
            Scenario.refused("PositionNotEqualToLength", () -> seal(end - 1));
            String sealedTime = seal(end).sealedTime();
            Contract.holds(sealedTime != null, "the time of the seal is told");
            Contract.equal(seal(end).sealedTime(), sealedTime, "the time of the second seal");
            Contract.equal(Scenario.head("sealed").sealedTime(), sealedTime, "the time that HEAD tells");
            Scenario.refused("AppendSealedObjectNotAllowed", () -> Scenario.append("sealed", end, "lost"));
            Contract.equal(Scenario.contentsOf("sealed"), Scenario.FIRST, "the contents");
            return "";
        });
        Contract.step("overwrite-appendable", () -> {
            Scenario.refused("FileAlreadyExists", () -> Scenario.put(Scenario.GROWING, "lost"));
            Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.WHOLE, "the contents");
            return "";
        });
        Contract.step("copy-appendable", () -> {
            Scenario.refused("OperationNotSupported", () -> Scenario.CLIENT.copyObject(CopyObjectRequest.newBuilder()
                    .bucket(Scenario.BUCKET).key("copy of growing").sourceKey(Scenario.GROWING).build()));
            return "";
        });
    }

    private static String first() throws Exception {
        byte[] digest = MessageDigest.getInstance("MD5").digest(Scenario.FIRST.getBytes(StandardCharsets.UTF_8));
        last = Scenario.CLIENT.appendObject(Scenario.appending(Scenario.GROWING, 0, Scenario.FIRST)
                .contentType("text/x-log")
                .contentMd5(Base64.getEncoder().encodeToString(digest))
                .objectAcl("public-read")
                .storageClass("IA")
                .metadata(Map.of("source", "camera 7"))
                .build());
        Contract.equal(last.nextAppendPosition(), (long) Scenario.FIRST.length(), "the next position");
        Contract.equal(Scenario.contentsOf(Scenario.GROWING), Scenario.FIRST, "the contents");
        checkAttributes();
        return "";
    }

    private static String large() throws Exception {
        byte[] body = Pattern.bytes(64 << 20);
        AtomicLong transferred = new AtomicLong();
        AppendObjectResult result = Scenario.CLIENT.appendObject(AppendObjectRequest.newBuilder()
                .bucket(Scenario.BUCKET).key("large").position(0L).initHashCRC64(0).body(BinaryData.fromBytes(body))
                .progressListener(new ProgressListener() {
                    @Override
                    public void onProgress(long increment, long reached, long total) {
                        transferred.set(reached);
                    }

                    @Override
                    public void onFinish() {}
                }).build());
        Contract.equal(transferred.get(), (long) body.length, "the progress");
        Contract.equal(result.nextAppendPosition(), (long) body.length, "the next position");
        Contract.equal(result.hashCrc64ecma(), Pattern.crc64(body), "the CRC-64");
        Contract.equal(Scenario.head("large").contentLength(), (long) body.length, "the length");
        Contract.equal(Scenario.bytes(Scenario.CLIENT, Scenario.getting("large")), body, "the contents");
        return "";
    }

    private static SealAppendObjectResult seal(long position) {
        return Scenario.CLIENT.sealAppendObject(
                SealAppendObjectRequest.newBuilder().bucket(Scenario.BUCKET).key("sealed").position(position).build());
    }

    /** Compares what the first append set with what the object has. */
    private static void checkAttributes() {
        HeadObjectResult answer = Scenario.head(Scenario.GROWING);
        Contract.equal(answer.metadata().get("source"), "camera 7", "the metadata");
        Contract.equal(answer.storageClass(), "IA", "the storage class");
        Contract.equal(answer.contentType(), "text/x-log", "the content type");
        String grant = Scenario.CLIENT.getObjectAcl(
                        GetObjectAclRequest.newBuilder().bucket(Scenario.BUCKET).key(Scenario.GROWING).build())
                .accessControlPolicy().accessControlList().grant();
        Contract.equal(grant, "public-read", "the ACL");
    }
}
