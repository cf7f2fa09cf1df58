import annals.interop.Contract;
import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.AppendObjectRequest;
import com.aliyun.oss.model.AppendObjectResult;
import com.aliyun.oss.model.GetObjectRequest;
import com.aliyun.oss.model.OSSObject;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Takes the first Java SDK through the shared scenario; SIGNATURE chooses V1, V2 or V4. */
public final class Scenario {
    static final String BUCKET = Contract.environment("BUCKET");
    static final String GROWING = "dir/growing log.txt";
    static final String FIRST = "first piece\n";
    static final String SECOND = "second piece\n";
    static final String THIRD = "third piece\n";
    static final String WHOLE = FIRST + SECOND + THIRD;
    static final OSS CLIENT = connect(new DefaultCredentialProvider(
            Contract.environment("OSS_ACCESS_KEY_ID"), Contract.environment("OSS_ACCESS_KEY_SECRET")));

    private Scenario() {}

    /** Runs all steps. */
    public static void main(String[] words) {
        AppendSteps.run();
        ObjectSteps.run();
        AccessSteps.run();
        BucketSteps.run();
        CLIENT.shutdown();
    }

    static ClientBuilderConfiguration configuration() {
        ClientBuilderConfiguration configuration = new ClientBuilderConfiguration();
        configuration.setSignatureVersion(SignVersion.valueOf(Contract.environment("SIGNATURE")));
        return configuration;
    }

    static OSS connect(DefaultCredentialProvider credentials) {
        return connect(credentials, configuration());
    }

    static OSS connect(DefaultCredentialProvider credentials, ClientBuilderConfiguration configuration) {
        return OSSClientBuilder.create()
                .endpoint(Contract.environment("ANNALS_ENDPOINT"))
                .region(Contract.environment("OSS_REGION"))
                .credentialsProvider(credentials)
                .clientConfiguration(configuration)
                .build();
    }

    static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    static AppendObjectResult append(String key, long position, String text) {
        return CLIENT.appendObject(new AppendObjectRequest(BUCKET, key, stream(text)).withPosition(position));
    }

    static String contentsOf(String key) throws Exception {
        return text(CLIENT.getObject(BUCKET, key));
    }

    static String contentsOf(OSS client, GetObjectRequest request) throws Exception {
        return text(client.getObject(request));
    }

    static String text(OSSObject object) throws Exception {
        return new String(bytes(object), StandardCharsets.UTF_8);
    }

    static byte[] bytes(OSSObject object) throws Exception {
        try (InputStream contents = object.getObjectContent()) {
            return contents.readAllBytes();
        }
    }

    /** Gives the SDK's typed error of a call that must have failed with this code. */
    static OSSException refused(String code, Contract.Call call) throws Throwable {
        OSSException failure = Contract.thrownBy(OSSException.class, call);
        Contract.equal(failure.getErrorCode(), code, "the code of the error");
        return failure;
    }
}
