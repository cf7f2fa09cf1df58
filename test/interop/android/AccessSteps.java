import annals.interop.Contract;
import annals.interop.PlainHttp;
import com.alibaba.sdk.android.oss.OSS;
import com.alibaba.sdk.android.oss.ServiceException;
import com.alibaba.sdk.android.oss.common.HttpMethod;
import com.alibaba.sdk.android.oss.common.auth.OSSPlainTextAKSKCredentialProvider;
import com.alibaba.sdk.android.oss.common.auth.OSSStsTokenCredentialProvider;
import com.alibaba.sdk.android.oss.model.GeneratePresignedUrlRequest;
import com.alibaba.sdk.android.oss.model.GetObjectRequest;
import com.alibaba.sdk.android.oss.model.ObjectMetadata;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Presigned URLs, temporary credentials, and a user who may only read. */
final class AccessSteps {
    private static final Map<String, String> LOG_TYPE = Map.of("Content-Type", "text/x-log");

    private AccessSteps() {}

    static void run() {
        Contract.step("presigned-put", () -> {
            String url = sign("presigned put", HttpMethod.PUT, Map.of());
            HttpResponse<String> answer = PlainHttp.send("PUT", url, Scenario.FIRST, LOG_TYPE);
            Contract.equal(answer.statusCode(), 200, "the status with the answer " + answer.body());
            Contract.equal(Scenario.contentsOf("presigned put"), Scenario.FIRST, "the contents");
            Contract.equal(PlainHttp.send("DELETE", url, "", LOG_TYPE).statusCode(), 403, "the status of another method");
            return "";
        });
        Contract.step("presigned-get", () -> {
            String url = Scenario.CLIENT.presignConstrainedObjectURL(Scenario.BUCKET, Scenario.GROWING, 60);
            HttpResponse<String> answer = PlainHttp.send("GET", url, "", Map.of());
            Contract.equal(answer.statusCode(), 200, "the status with the answer " + answer.body());
            Contract.equal(answer.body(), Scenario.WHOLE, "the contents");
            return "";
        });
        Contract.step("presigned-append", () -> {
            String url = sign("presigned append", HttpMethod.POST, Map.of("append", "", "position", "0"));
            HttpResponse<String> answer = PlainHttp.send("POST", url, Scenario.FIRST, LOG_TYPE);
            Contract.equal(answer.statusCode(), 200, "the status with the answer " + answer.body());
            String next = answer.headers().firstValue("x-oss-next-append-position").orElse("missing");
            Contract.equal(next, String.valueOf(Scenario.FIRST.length()), "the next position");
            Contract.equal(Scenario.contentsOf("presigned append"), Scenario.FIRST, "the contents");
            return "";
        });
        Contract.step("sts", () -> {
            String id = Contract.required("STS_ACCESS_KEY_ID", "STS_MISSING");
            String secret = Contract.required("STS_ACCESS_KEY_SECRET", "STS_MISSING");
            String token = Contract.required("STS_SECURITY_TOKEN", "STS_MISSING");
            OSS temporary = Scenario.connect(new OSSStsTokenCredentialProvider(id, secret, token));
            temporary.appendObject(Scenario.appending("temporary", 0, Scenario.utf8(Scenario.FIRST), new ObjectMetadata()));
            Contract.equal(read(temporary, "temporary"), Scenario.FIRST, "the contents");
            OSS withoutToken = Scenario.connect(new OSSPlainTextAKSKCredentialProvider(id, secret));
            ServiceException failure = Contract.thrownBy(ServiceException.class, () -> read(withoutToken, "temporary"));
            Contract.equal(failure.getStatusCode(), 403, "the status without the token");
            return "";
        });
        Contract.step("policy-denial", () -> {
            OSS readingOnly = Scenario.connect(new OSSPlainTextAKSKCredentialProvider(
                    Contract.required("READER_ACCESS_KEY_ID", "READER_MISSING"),
                    Contract.required("READER_ACCESS_KEY_SECRET", "READER_MISSING")));
            Contract.equal(read(readingOnly, Scenario.GROWING), Scenario.WHOLE, "what the user reads");
            int status = Scenario.refused("AccessDenied", () -> readingOnly.appendObject(
                    Scenario.appending("denied", 0, Scenario.utf8("lost"), new ObjectMetadata()))).getStatusCode();
            Contract.equal(status, 403, "the status");
            return "";
        });
    }

    private static String sign(String key, HttpMethod method, Map<String, String> parameters) throws Exception {
        GeneratePresignedUrlRequest request = new GeneratePresignedUrlRequest(Scenario.BUCKET, key, 60, method);
        request.setContentType("text/x-log");
        parameters.forEach(request::addQueryParameter);
        return Scenario.CLIENT.presignConstrainedObjectURL(request);
    }

    private static String read(OSS client, String key) throws Exception {
        return new String(Scenario.bytes(client, new GetObjectRequest(Scenario.BUCKET, key)), StandardCharsets.UTF_8);
    }
}
