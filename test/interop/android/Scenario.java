import annals.interop.Contract;
import com.alibaba.sdk.android.oss.ClientConfiguration;
import com.alibaba.sdk.android.oss.OSS;
import com.alibaba.sdk.android.oss.OSSClient;
import com.alibaba.sdk.android.oss.ServiceException;
import com.alibaba.sdk.android.oss.common.auth.OSSCredentialProvider;
import com.alibaba.sdk.android.oss.common.auth.OSSPlainTextAKSKCredentialProvider;
import com.alibaba.sdk.android.oss.model.AppendObjectRequest;
import com.alibaba.sdk.android.oss.model.AppendObjectResult;
import com.alibaba.sdk.android.oss.model.GetObjectRequest;
import com.alibaba.sdk.android.oss.model.HeadObjectRequest;
import com.alibaba.sdk.android.oss.model.ObjectMetadata;
import com.alibaba.sdk.android.oss.model.PutObjectRequest;
import com.alibaba.sdk.android.oss.signer.SignVersion;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Takes the Android SDK, off-device, through the shared scenario; SIGNATURE chooses V1 or V4. */
public final class Scenario {
    static final String BUCKET = Contract.environment("BUCKET");
    static final String GROWING = "dir/growing log.txt";
    static final String FIRST = "first piece\n";
    static final String SECOND = "second piece\n";
    static final String THIRD = "third piece\n";
    static final String WHOLE = FIRST + SECOND + THIRD;
    static final OSSCredentialProvider ROOT = new OSSPlainTextAKSKCredentialProvider(
            Contract.environment("OSS_ACCESS_KEY_ID"), Contract.environment("OSS_ACCESS_KEY_SECRET"));
    static final OSS CLIENT = connect(ROOT);

    private Scenario() {}

    /** Runs all steps. */
    public static void main(String[] words) {
        AppendSteps.run();
        ObjectSteps.run();
        AccessSteps.run();
        BucketSteps.run();
        // The SDK's threads would keep the program alive.
        System.exit(0);
    }

    static OSS connect(OSSCredentialProvider credentials) {
        return connect(credentials, Contract.environment("ANNALS_ENDPOINT"), ClientConfiguration.getDefaultConf());
    }

    /** The same server by a name instead of an address. */
    static OSS connectByName(OSSCredentialProvider credentials) {
        ClientConfiguration configuration = ClientConfiguration.getDefaultConf();
        // Without the first line the name is taken for the bucket's own domain; without the second the port is lost.
        configuration.setCustomCnameExcludeList(List.of("localhost"));
        configuration.setPathStyleAccessEnable(true);
        return connect(credentials, Contract.environment("ANNALS_ENDPOINT").replace("127.0.0.1", "localhost"), configuration);
    }

    @SuppressWarnings("deprecation")
    private static OSS connect(OSSCredentialProvider credentials, String endpoint, ClientConfiguration configuration) {
        configuration.setSignVersion(SignVersion.valueOf(Contract.environment("SIGNATURE")));
        OSSClient client = new OSSClient(new OffDevice(), endpoint, credentials, configuration);
        client.setRegion(Contract.environment("OSS_REGION"));
        return client;
    }

    static AppendObjectRequest appending(String key, long position, byte[] data, ObjectMetadata metadata) {
        if (metadata.getContentType() == null) metadata.setContentType("application/octet-stream");
        AppendObjectRequest request = new AppendObjectRequest(BUCKET, key, data, metadata);
        request.setPosition(position);
        return request;
    }

    static AppendObjectResult append(String key, long position, String text) throws Exception {
        return CLIENT.appendObject(appending(key, position, utf8(text), new ObjectMetadata()));
    }

    static void put(String key, String text) throws Exception {
        CLIENT.putObject(new PutObjectRequest(BUCKET, key, utf8(text)));
    }

    static ObjectMetadata head(String key) throws Exception {
        return CLIENT.headObject(new HeadObjectRequest(BUCKET, key)).getMetadata();
    }

    static String contentsOf(String key) throws Exception {
        return new String(bytes(CLIENT, new GetObjectRequest(BUCKET, key)), StandardCharsets.UTF_8);
    }

    static byte[] bytes(OSS client, GetObjectRequest request) throws Exception {
        try (InputStream contents = client.getObject(request).getObjectContent()) {
            return contents.readAllBytes();
        }
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Gives the SDK's typed error of a call that must have failed with this code. */
    static ServiceException refused(String code, Contract.Call call) throws Throwable {
        ServiceException failure = Contract.thrownBy(ServiceException.class, call);
        Contract.equal(failure.getErrorCode(), code, "the code of the error");
        return failure;
    }
}
