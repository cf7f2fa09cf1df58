import annals.interop.Contract;
import com.aliyun.oss.ClientException;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.model.AppendObjectRequest;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Appends numbered blocks through the first Java SDK while its server or network fail.
 * Each error is told; then HEAD decides whether the block was applied.
 */
public final class Failures {
    private static final int HEAD_ATTEMPTS = 120;
    private static final long HEAD_PAUSE_MS = 250;
    private static final String BUCKET = Contract.environment("BUCKET");
    private static final String KEY = Contract.environment("KEY");

    private final OSS client;

    private Failures(OSS client) {
        this.client = client;
    }

    /** Appends all blocks, whatever happens. */
    public static void main(String[] words) throws Exception {
        OSS client = new OSSClientBuilder().build(Contract.environment("ANNALS_ENDPOINT"),
                Contract.environment("OSS_ACCESS_KEY_ID"), Contract.environment("OSS_ACCESS_KEY_SECRET"));
        try {
            new Failures(client).appendAll(
                    Integer.parseInt(Contract.environment("BLOCK_COUNT")), Integer.parseInt(Contract.environment("BLOCK_LENGTH")));
        } finally {
            client.shutdown();
        }
    }

    private void appendAll(int blockCount, int blockLength) throws Exception {
        long position = 0;
        for (int block = 0; block < blockCount; block++) {
            byte[] text = String.format("%08d", block).repeat(blockLength / 8 + 1).getBytes(StandardCharsets.US_ASCII);
            position = append(block, position, Arrays.copyOf(text, blockLength));
        }
    }

    /** Appends a block until it is there, and gives the next position. */
    private long append(int block, long position, byte[] body) throws InterruptedException {
        long end = position + body.length;
        while (true) {
            try {
                client.appendObject(new AppendObjectRequest(BUCKET, KEY, new ByteArrayInputStream(body)).withPosition(position));
                tell(block, "ok", "");
                return end;
            } catch (OSSException failure) {
                tell(block, "error", "OSSException: " + failure.getErrorCode());
            } catch (ClientException failure) {
                tell(block, "error", "ClientException: " + failure.getErrorCode());
            }
            long length = waitForLength();
            if (length == end) {
                tell(block, "applied", "");
                return end;
            }
            if (length != position) {
                throw new IllegalStateException("block " + block + ": the object has " + length + " bytes, wanted "
                        + position + " or " + end);
            }
        }
    }

    private long waitForLength() throws InterruptedException {
        for (int attempt = 0; attempt < HEAD_ATTEMPTS; attempt++) {
            try {
                return client.getObjectMetadata(BUCKET, KEY).getContentLength();
            } catch (OSSException failure) {
                if (failure.getErrorCode().equals("NoSuchKey")) return 0;
            } catch (ClientException failure) {
                // Not back yet: the next attempt tells.
            }
            Thread.sleep(HEAD_PAUSE_MS);
        }
        throw new IllegalStateException("The server did not come back");
    }

    private static void tell(int block, String outcome, String error) {
        String more = error.isEmpty() ? "" : ",\"error\":\"" + error + "\"";
        System.out.println("{\"block\":" + block + ",\"outcome\":\"" + outcome + "\"" + more + "}");
    }
}
