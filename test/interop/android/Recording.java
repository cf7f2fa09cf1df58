import annals.interop.Contract;
import com.alibaba.sdk.android.oss.ClientConfiguration;
import com.alibaba.sdk.android.oss.OSS;
import com.alibaba.sdk.android.oss.OSSClient;
import com.alibaba.sdk.android.oss.common.auth.OSSPlainTextAKSKCredentialProvider;
import com.alibaba.sdk.android.oss.model.AppendObjectRequest;
import com.alibaba.sdk.android.oss.model.ObjectMetadata;
import com.alibaba.sdk.android.oss.signer.SignVersion;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;

/**
 * Sends the appends that `raw-wire/record-android.js` records: bytes, metadata, a file. SIGNATURE chooses V1 or V4; an endpoint that
 * is a name is taken for the bucket's own domain.
 */
public final class Recording {
    private static final String BUCKET = Contract.environment("BUCKET");

    private final OSS client;

    private Recording(OSS client) {
        this.client = client;
    }

    public static void main(String[] words) throws Exception {
        ClientConfiguration configuration = ClientConfiguration.getDefaultConf();
        configuration.setSignVersion(SignVersion.valueOf(Contract.environment("SIGNATURE")));
        OSSClient client = new OSSClient(new OffDevice(), Contract.environment("ANNALS_ENDPOINT"), new OSSPlainTextAKSKCredentialProvider(
                Contract.environment("OSS_ACCESS_KEY_ID"), Contract.environment("OSS_ACCESS_KEY_SECRET")), configuration);
        client.setRegion(Contract.environment("OSS_REGION"));
        // The SDK's threads would keep the program alive.
        System.exit(new Recording(client).isAppended() ? 0 : 1);
    }

    private boolean isAppended() {
        try {
            appendAll();
            return true;
        } catch (Exception failure) {
            failure.printStackTrace();
            return false;
        }
    }

    private void appendAll() throws Exception {
        byte[] hello = "hello append".getBytes(StandardCharsets.US_ASCII);
        ObjectMetadata plain = new ObjectMetadata();
        plain.setContentType("application/octet-stream");
        client.appendObject(at(0, new AppendObjectRequest(BUCKET, "dir/a b+c.log", hello, plain)));

        ObjectMetadata told = new ObjectMetadata();
        told.setContentType("text/plain");
        told.setContentMD5(Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(hello)));
        told.setHeader("x-oss-object-acl", "public-read");
        told.setHeader("x-oss-tagging", "site=north%20gate");
        told.addUserMetadata("x-oss-meta-source", "camera 7");
        client.appendObject(at(0, new AppendObjectRequest(BUCKET, "told.txt", hello, told)));

        Path file = Files.createTempFile("annals-recording-", ".txt");
        try {
            Files.writeString(file, "hello from file\n");
            client.appendObject(at(hello.length, new AppendObjectRequest(BUCKET, "told.txt", file.toString())));
        } finally {
            Files.delete(file);
        }
    }

    private static AppendObjectRequest at(long position, AppendObjectRequest request) {
        request.setPosition(position);
        return request;
    }
}
