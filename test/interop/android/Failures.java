import annals.interop.Contract;
import com.alibaba.sdk.android.oss.ClientConfiguration;
import com.alibaba.sdk.android.oss.ClientException;
import com.alibaba.sdk.android.oss.OSS;
import com.alibaba.sdk.android.oss.OSSClient;
import com.alibaba.sdk.android.oss.ServiceException;
import com.alibaba.sdk.android.oss.common.auth.OSSPlainTextAKSKCredentialProvider;
import com.alibaba.sdk.android.oss.model.AppendObjectRequest;
import com.alibaba.sdk.android.oss.model.HeadObjectRequest;
import com.alibaba.sdk.android.oss.model.ObjectMetadata;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Appends numbered blocks through the Android SDK, off-device, while its server or network fail; RETRY_COUNT_MAX changes its own retry.
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
        ClientConfiguration configuration = ClientConfiguration.getDefaultConf();
        String retryCountMax = System.getenv("RETRY_COUNT_MAX");
        if (retryCountMax != null) configuration.setMaxErrorRetry(Integer.parseInt(retryCountMax));
        OSS client = new OSSClient(new OffDevice(), Contract.environment("ANNALS_ENDPOINT"), new OSSPlainTextAKSKCredentialProvider(
                Contract.environment("OSS_ACCESS_KEY_ID"), Contract.environment("OSS_ACCESS_KEY_SECRET")), configuration);
        // The SDK's threads would keep the program alive.
        System.exit(new Failures(client).areAllAppended() ? 0 : 1);
    }

    private boolean areAllAppended() {
        try {
            appendAll(Integer.parseInt(Contract.environment("BLOCK_COUNT")), Integer.parseInt(Contract.environment("BLOCK_LENGTH")));
            return true;
        } catch (Exception failure) {
            failure.printStackTrace();
            return false;
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
        ObjectMetadata metadata = new ObjectMetadata();
        metadata.setContentType("application/octet-stream");
        long end = position + body.length;
        while (true) {
            AppendObjectRequest request = new AppendObjectRequest(BUCKET, KEY, body, metadata);
            request.setPosition(position);
            try {
                client.appendObject(request);
                tell(block, "ok", "");
                return end;
            } catch (ServiceException failure) {
                tell(block, "error", "ServiceException: " + failure.getStatusCode() + " " + failure.getErrorCode());
            } catch (ClientException failure) {
                tell(block, "error", "ClientException: " + nameOfCause(failure));
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
                return client.headObject(new HeadObjectRequest(BUCKET, KEY)).getMetadata().getContentLength();
            } catch (ServiceException failure) {
                if (failure.getStatusCode() == 404) return 0;
            } catch (ClientException failure) {
                // Not back yet: the next attempt tells.
            }
            Thread.sleep(HEAD_PAUSE_MS);
        }
        throw new IllegalStateException("The server did not come back");
    }

    private static String nameOfCause(Throwable failure) {
        Throwable innermost = failure;
        while (innermost.getCause() != null) innermost = innermost.getCause();
        return innermost.getClass().getSimpleName();
    }

    private static void tell(int block, String outcome, String error) {
        String more = error.isEmpty() ? "" : ",\"error\":\"" + error + "\"";
        System.out.println("{\"block\":" + block + ",\"outcome\":\"" + outcome + "\"" + more + "}");
    }
}
