import com.aliyun.sdk.service.oss2.OSSClient;
import com.aliyun.sdk.service.oss2.credentials.EnvironmentVariableCredentialsProvider;
import com.aliyun.sdk.service.oss2.models.AppendObjectRequest;
import com.aliyun.sdk.service.oss2.transport.BinaryData;
import java.util.List;

/** Makes the calls of the documents' Java sample with the second Java SDK: three appends, each where the last one ended. */
public final class Sample {
    private Sample() {}

    /** Takes bucket and key; the keys are in the environment. */
    public static void main(String[] words) throws Exception {
        // begin connect
        OSSClient connected = OSSClient.newBuilder()
                .endpoint(System.getenv("ANNALS_ENDPOINT")) // http://127.0.0.1:9000
                .usePathStyle(true).region("cn-hangzhou") // the bucket in the path; any region
                .credentialsProvider(new EnvironmentVariableCredentialsProvider())
                .build();
        // end connect
        try (OSSClient client = connected) {
            long position = 0;
            for (String content : List.of("Hello OSS A \n", "Hello OSS B \n", "Hello OSS C \n")) {
                position = client.appendObject(AppendObjectRequest.newBuilder()
                        .bucket(words[0])
                        .key(words[1])
                        .position(position)
                        .body(BinaryData.fromString(content))
                        .build()).nextAppendPosition();
            }
        }
    }
}
