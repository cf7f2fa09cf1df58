import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.common.auth.CredentialsProviderFactory;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.model.AppendObjectRequest;
import com.aliyun.oss.model.AppendObjectResult;
import com.aliyun.oss.model.ObjectMetadata;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Makes the calls of the documents' Java sample: three appends with one request object, each where the last one ended. */
public final class Sample {
    private Sample() {}

    /** Takes bucket and key; the keys are in the environment. */
    public static void main(String[] words) throws Exception {
        // begin connect
        ClientBuilderConfiguration configuration = new ClientBuilderConfiguration();
        configuration.setSignatureVersion(SignVersion.V4); // without it and the region it signs as V1
        configuration.setSLDEnabled(true); // the bucket in the path; needed when the endpoint is a name
        OSS client = OSSClientBuilder.create().region("cn-hangzhou").clientConfiguration(configuration) // any region
                .endpoint(System.getenv("ANNALS_ENDPOINT")) // http://127.0.0.1:9000
                .credentialsProvider(CredentialsProviderFactory.newEnvironmentVariableCredentialsProvider()).build();
        // end connect
        try {
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setContentType("text/plain");
            AppendObjectRequest request = new AppendObjectRequest(words[0], words[1], stream("Hello OSS A \n"), metadata);
            request.setPosition(0L);
            AppendObjectResult result = client.appendObject(request);
            request.setPosition(result.getNextPosition());
            request.setInputStream(stream("Hello OSS B \n"));
            result = client.appendObject(request);
            request.setPosition(result.getNextPosition());
            request.setInputStream(stream("Hello OSS C \n"));
            client.appendObject(request);
        } finally {
            client.shutdown();
        }
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
