import annals.interop.Pattern;
import com.aliyun.sdk.service.oss2.models.*;
import com.aliyun.sdk.service.oss2.transport.BinaryData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Writes what the commands of annals are tried on, through the second Java SDK; the list is contract/written.cjs. */
public final class WriteObjects {
    private static final int PART_LENGTH = 100 << 10;

    private WriteObjects() {}

    /** Writes all. */
    public static void main(String[] words) throws Exception {
        for (String key : List.of("plain.txt", "with space/a b.txt", "plus+and%percent%20.txt", "ünïcode/Käse 日本.txt", "folder/inside.txt")) {
            put(putting(key));
        }
        put(putting("folder/").body(BinaryData.fromString("")));
        put(putting("encoded.gz").contentEncoding("gzip"));
        put(putting("described.log").contentType("text/x-log").metadata(Map.of("source", "camera 7")));
        putParts("multipart.bin", Pattern.bytes(250 << 10));
        Scenario.append("growing.log", 0, "line one\nline two\n");
        Scenario.append("growing.log", 18, "line three\n");
        Scenario.CLIENT.putSymlink(PutSymlinkRequest.newBuilder().bucket(Scenario.BUCKET).key("link.txt").symlinkTarget("plain.txt").build());
        Scenario.CLIENT.close();
    }

    private static PutObjectRequest.Builder putting(String key) {
        return PutObjectRequest.newBuilder().bucket(Scenario.BUCKET).key(key).body(BinaryData.fromString("contents of " + key + "\n"));
    }

    private static void put(PutObjectRequest.Builder request) {
        Scenario.CLIENT.putObject(request.build());
    }

    private static void putParts(String key, byte[] body) {
        String id = Scenario.CLIENT.initiateMultipartUpload(InitiateMultipartUploadRequest.newBuilder().bucket(Scenario.BUCKET)
                .key(key).build()).initiateMultipartUpload().uploadId();
        List<Part> parts = new ArrayList<>();
        for (int start = 0; start < body.length; start += PART_LENGTH) {
            long number = parts.size() + 1L;
            byte[] piece = Arrays.copyOfRange(body, start, Math.min(start + PART_LENGTH, body.length));
            UploadPartResult sent = Scenario.CLIENT.uploadPart(UploadPartRequest.newBuilder().bucket(Scenario.BUCKET).key(key)
                    .uploadId(id).partNumber(number).body(BinaryData.fromBytes(piece)).build());
            parts.add(Part.newBuilder().partNumber(number).eTag(sent.eTag()).build());
        }
        Scenario.CLIENT.completeMultipartUpload(CompleteMultipartUploadRequest.newBuilder().bucket(Scenario.BUCKET).key(key)
                .uploadId(id).completeMultipartUpload(CompleteMultipartUpload.newBuilder().parts(parts).build()).build());
    }
}
