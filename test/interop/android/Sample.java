import com.alibaba.sdk.android.oss.ClientConfiguration;
import com.alibaba.sdk.android.oss.ClientException;
import com.alibaba.sdk.android.oss.OSS;
import com.alibaba.sdk.android.oss.OSSClient;
import com.alibaba.sdk.android.oss.ServiceException;
import com.alibaba.sdk.android.oss.callback.OSSCompletedCallback;
import com.alibaba.sdk.android.oss.common.auth.OSSPlainTextAKSKCredentialProvider;
import com.alibaba.sdk.android.oss.internal.OSSAsyncTask;
import com.alibaba.sdk.android.oss.model.AppendObjectRequest;
import com.alibaba.sdk.android.oss.model.AppendObjectResult;
import com.alibaba.sdk.android.oss.model.ObjectMetadata;
import com.alibaba.sdk.android.oss.signer.SignVersion;

/** Makes the calls of the documents' Android sample: one asynchronous append of a file, with progress. */
public final class Sample {
    private Sample() {}

    /** Takes bucket, key and file. */
    public static void main(String[] words) {
        String accessKeyId = System.getenv("OSS_ACCESS_KEY_ID");
        String accessKeySecret = System.getenv("OSS_ACCESS_KEY_SECRET");
        // begin connect
        ClientConfiguration configuration = ClientConfiguration.getDefaultConf();
        configuration.setSignVersion(SignVersion.V4); // with any region; without both lines it signs as V1
        OSSClient client = new OSSClient(new OffDevice(), System.getenv("ANNALS_ENDPOINT"), // the app's Context, http://10.0.2.2:9000
                new OSSPlainTextAKSKCredentialProvider(accessKeyId, accessKeySecret), configuration);
        client.setRegion("cn-hangzhou");
        // end connect
        System.exit(append(client, words[0], words[1], words[2]) ? 0 : 1);
    }

    private static boolean append(OSS client, String bucket, String key, String file) {
        AppendObjectRequest request = new AppendObjectRequest(bucket, key, file);
        ObjectMetadata metadata = new ObjectMetadata();
        metadata.setContentType("text/plain");
        request.setMetadata(metadata);
        request.setPosition(0);
        request.setProgressCallback((of, currentSize, totalSize) -> System.out.println(currentSize + " of " + totalSize));
        boolean[] isDone = {false};
        OSSAsyncTask<AppendObjectResult> task = client.asyncAppendObject(request, new OSSCompletedCallback<>() {
            @Override
            public void onSuccess(AppendObjectRequest of, AppendObjectResult result) {
                System.out.println("next position " + result.getNextPosition());
                isDone[0] = true;
            }

            @Override
            public void onFailure(AppendObjectRequest of, ClientException clientFailure, ServiceException serviceFailure) {
                System.err.println(clientFailure + " " + serviceFailure);
            }
        });
        task.waitUntilFinished();
        return isDone[0];
    }
}
