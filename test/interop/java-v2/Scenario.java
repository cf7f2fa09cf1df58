import annals.interop.Contract;
import com.aliyun.sdk.service.oss2.OSSClient;
import com.aliyun.sdk.service.oss2.OSSClientBuilder;
import com.aliyun.sdk.service.oss2.credentials.StaticCredentialsProvider;
import com.aliyun.sdk.service.oss2.exceptions.OperationException;
import com.aliyun.sdk.service.oss2.exceptions.ServiceException;
import com.aliyun.sdk.service.oss2.models.AppendObjectRequest;
import com.aliyun.sdk.service.oss2.models.AppendObjectResult;
import com.aliyun.sdk.service.oss2.models.GetObjectRequest;
import com.aliyun.sdk.service.oss2.models.GetObjectResult;
import com.aliyun.sdk.service.oss2.models.HeadObjectRequest;
import com.aliyun.sdk.service.oss2.models.HeadObjectResult;
import com.aliyun.sdk.service.oss2.models.PutObjectRequest;
import com.aliyun.sdk.service.oss2.models.PutObjectResult;
import com.aliyun.sdk.service.oss2.transport.BinaryData;
import java.nio.charset.StandardCharsets;

/** Takes the second Java SDK through the shared scenario; SIGNATURE chooses V1 or V4. */
public final class Scenario {
    static final String BUCKET = Contract.environment("BUCKET");
    static final String GROWING = "dir/growing log.txt";
    static final String FIRST = "first piece\n";
    static final String SECOND = "second piece\n";
    static final String THIRD = "third piece\n";
    static final String WHOLE = FIRST + SECOND + THIRD;
    static final OSSClient CLIENT = connect(rootCredentials());

    private Scenario() {}

    /** Runs all steps. */
    public static void main(String[] words) throws Exception {
        AppendSteps.run();
        ObjectSteps.run();
        AccessSteps.run();
        BucketSteps.run();
        CLIENT.close();
    }

    static StaticCredentialsProvider rootCredentials() {
        return new StaticCredentialsProvider(
                Contract.environment("OSS_ACCESS_KEY_ID"), Contract.environment("OSS_ACCESS_KEY_SECRET"));
    }

    static OSSClientBuilder builder(StaticCredentialsProvider credentials) {
        return OSSClient.newBuilder()
                .endpoint(Contract.environment("ANNALS_ENDPOINT"))
                .region(Contract.environment("OSS_REGION"))
                .signatureVersion(Contract.environment("SIGNATURE"))
                .credentialsProvider(credentials);
    }

    static OSSClient connect(StaticCredentialsProvider credentials) {
        return builder(credentials).build();
    }

    /** An append of text to a key, to which a step may add more. */
    static AppendObjectRequest.Builder appending(String key, long position, String text) {
        return AppendObjectRequest.newBuilder().bucket(BUCKET).key(key).position(position).body(BinaryData.fromString(text));
    }

    static AppendObjectResult append(String key, long position, String text) {
        return CLIENT.appendObject(appending(key, position, text).build());
    }

    static PutObjectResult put(String key, String text) {
        return putIn(BUCKET, key, text);
    }

    static PutObjectResult putIn(String bucket, String key, String text) {
        return CLIENT.putObject(
                PutObjectRequest.newBuilder().bucket(bucket).key(key).body(BinaryData.fromString(text)).build());
    }

    static HeadObjectResult head(String key) {
        return CLIENT.headObject(HeadObjectRequest.newBuilder().bucket(BUCKET).key(key).build());
    }

    static GetObjectRequest getting(String key) {
        return GetObjectRequest.newBuilder().bucket(BUCKET).key(key).build();
    }

    static String contentsOf(String key) throws Exception {
        return contentsOf(CLIENT, getting(key));
    }

    static String contentsOf(OSSClient client, GetObjectRequest request) throws Exception {
        return new String(bytes(client, request), StandardCharsets.UTF_8);
    }

    static byte[] bytes(OSSClient client, GetObjectRequest request) throws Exception {
        try (GetObjectResult result = client.getObject(request)) {
            return result.body().readAllBytes();
        }
    }

    /** Gives the error of the service that a call must have failed with. */
    static ServiceException refused(Contract.Call call) throws Throwable {
        OperationException failure = Contract.thrownBy(OperationException.class, call);
        ServiceException cause = ServiceException.asCause(failure);
        if (cause == null) throw failure;
        return cause;
    }

    /** Gives the SDK's typed error of a call that must have failed with this code. */
    static ServiceException refused(String code, Contract.Call call) throws Throwable {
        ServiceException failure = refused(call);
        Contract.equal(failure.errorCode(), code, "the code of the error");
        return failure;
    }
}
