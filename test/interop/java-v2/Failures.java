import annals.interop.Contract;
import com.aliyun.sdk.service.oss2.OSSAsyncClient;
import com.aliyun.sdk.service.oss2.OSSClient;
import com.aliyun.sdk.service.oss2.credentials.EnvironmentVariableCredentialsProvider;
import com.aliyun.sdk.service.oss2.exceptions.OperationException;
import com.aliyun.sdk.service.oss2.exceptions.ServiceException;
import com.aliyun.sdk.service.oss2.models.AppendObjectRequest;
import com.aliyun.sdk.service.oss2.models.HeadObjectRequest;
import com.aliyun.sdk.service.oss2.transport.BinaryData;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletionException;

/**
 * Appends numbered blocks through the second Java SDK while its server or network fail. VARIANT chooses a body of bytes, one that
 * can be read once alone, or the asynchronous client. Each error is told; then HEAD decides whether the block was applied.
 */
public final class Failures {
    private static final int HEAD_ATTEMPTS = 120;
    private static final long HEAD_PAUSE_MS = 250;
    private static final String BUCKET = Contract.environment("BUCKET");
    private static final String KEY = Contract.environment("KEY");
    private static final String VARIANT = Contract.environment("VARIANT");

    private final OSSClient client;
    private final OSSAsyncClient asyncClient;

    private Failures(OSSClient client, OSSAsyncClient asyncClient) {
        this.client = client;
        this.asyncClient = asyncClient;
    }

    /** Appends all blocks, whatever happens. */
    public static void main(String[] words) throws Exception {
        try (OSSClient client = OSSClient.newBuilder()
                        .endpoint(Contract.environment("ANNALS_ENDPOINT"))
                        .region(Contract.environment("OSS_REGION"))
                        .credentialsProvider(new EnvironmentVariableCredentialsProvider())
                        .build();
                OSSAsyncClient asyncClient = OSSAsyncClient.newBuilder()
                        .endpoint(Contract.environment("ANNALS_ENDPOINT"))
                        .region(Contract.environment("OSS_REGION"))
                        .credentialsProvider(new EnvironmentVariableCredentialsProvider())
                        .build()) {
            new Failures(client, asyncClient).appendAll(
                    Integer.parseInt(Contract.environment("BLOCK_COUNT")), Integer.parseInt(Contract.environment("BLOCK_LENGTH")));
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
                send(AppendObjectRequest.newBuilder()
                        .bucket(BUCKET).key(KEY).position(position).body(bodyOf(body)).build());
                tell(block, "ok", "");
                return end;
            } catch (OperationException failure) {
                tell(block, "error", describe(failure));
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

    /** Throws what the SDK reports, which the asynchronous client wraps. */
    private void send(AppendObjectRequest request) {
        if (!VARIANT.equals("async")) {
            client.appendObject(request);
            return;
        }
        try {
            asyncClient.appendObjectAsync(request).join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof OperationException) throw (OperationException) failure.getCause();
            throw failure;
        }
    }

    private static BinaryData bodyOf(byte[] body) {
        if (!VARIANT.equals("stream")) return BinaryData.fromBytes(body);
        // Streams in sequence cannot go back, as those of files and sockets cannot.
        InputStream once = new SequenceInputStream(new ByteArrayInputStream(body), InputStream.nullInputStream());
        return BinaryData.fromStream(once, (long) body.length);
    }

    private long waitForLength() throws InterruptedException {
        for (int attempt = 0; attempt < HEAD_ATTEMPTS; attempt++) {
            try {
                return client.headObject(HeadObjectRequest.newBuilder().bucket(BUCKET).key(KEY).build()).contentLength();
            } catch (OperationException failure) {
                ServiceException cause = ServiceException.asCause(failure);
                if (cause != null && cause.statusCode() == 404) return 0;
                // Not back yet otherwise: the next attempt tells.
            }
            Thread.sleep(HEAD_PAUSE_MS);
        }
        throw new IllegalStateException("The server did not come back");
    }

    private static String describe(OperationException failure) {
        ServiceException refusal = ServiceException.asCause(failure);
        if (refusal != null) return "OperationException: " + refusal.statusCode() + " " + refusal.errorCode();
        StringBuilder classes = new StringBuilder("OperationException");
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            classes.append(": ").append(cause.getClass().getSimpleName());
        }
        return classes.toString();
    }

    private static void tell(int block, String outcome, String error) {
        String more = error.isEmpty() ? "" : ",\"error\":\"" + error + "\"";
        System.out.println("{\"block\":" + block + ",\"outcome\":\"" + outcome + "\"" + more + "}");
    }
}
