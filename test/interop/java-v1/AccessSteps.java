import annals.interop.Contract;
import annals.interop.PlainHttp;
import com.aliyun.oss.HttpMethod;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.model.AppendObjectRequest;
import com.aliyun.oss.model.GeneratePresignedUrlRequest;
import com.aliyun.oss.model.GetObjectRequest;
import java.net.http.HttpResponse;
import java.util.Date;
import java.util.Map;

/** Presigned URLs, temporary credentials, and a user who may only read. */
final class AccessSteps {
    private static final Map<String, String> LOG_TYPE = Map.of("Content-Type", "text/x-log");

    private AccessSteps() {}

    static void run() {
        Contract.step("presigned-put", () -> {
            GeneratePresignedUrlRequest request = new GeneratePresignedUrlRequest(Scenario.BUCKET, "presigned put", HttpMethod.PUT);
            request.setExpiration(inAMinute());
            request.setContentType("text/x-log");
            String url = Scenario.CLIENT.generatePresignedUrl(request).toString();
            HttpResponse<String> answer = PlainHttp.send("PUT", url, Scenario.FIRST, LOG_TYPE);
            Contract.equal(answer.statusCode(), 200, "the status with the answer " + answer.body());
            Contract.equal(Scenario.contentsOf("presigned put"), Scenario.FIRST, "the contents");
            Contract.equal(PlainHttp.send("DELETE", url, "", LOG_TYPE).statusCode(), 403, "the status of another method");
            return "";
        });
        Contract.step("presigned-get", () -> {
            String url = Scenario.CLIENT.generatePresignedUrl(Scenario.BUCKET, Scenario.GROWING, inAMinute()).toString();
            HttpResponse<String> answer = PlainHttp.send("GET", url, "", Map.of());
            Contract.equal(answer.statusCode(), 200, "the status with the answer " + answer.body());
            Contract.equal(answer.body(), Scenario.WHOLE, "the contents");
            return "";
        });
        Contract.step("presigned-append", () -> {
            GeneratePresignedUrlRequest request = new GeneratePresignedUrlRequest(Scenario.BUCKET, "presigned append", HttpMethod.POST);
            request.setExpiration(inAMinute());
            request.setContentType("text/x-log");
            request.addQueryParameter("append", null);
            request.addQueryParameter("position", "0");
            String url = Scenario.CLIENT.generatePresignedUrl(request).toString();
            HttpResponse<String> answer = PlainHttp.send("POST", url, Scenario.FIRST, LOG_TYPE);
            Contract.equal(answer.statusCode(), 200, "the status with the answer " + answer.body());
            String next = answer.headers().firstValue("x-oss-next-append-position").orElse("missing");
            Contract.equal(next, String.valueOf(Scenario.FIRST.length()), "the next position");
            Contract.equal(Scenario.contentsOf("presigned append"), Scenario.FIRST, "the contents");
            return "";
        });
        Contract.step("sts", AccessSteps::temporaryCredentials);
        Contract.step("policy-denial", () -> {
            OSS readingOnly = Scenario.connect(new DefaultCredentialProvider(
                    Contract.required("READER_ACCESS_KEY_ID", "READER_MISSING"),
                    Contract.required("READER_ACCESS_KEY_SECRET", "READER_MISSING")));
            Contract.equal(Scenario.contentsOf(readingOnly, new GetObjectRequest(Scenario.BUCKET, Scenario.GROWING)),
                    Scenario.WHOLE, "what the user reads");
            Scenario.refused("AccessDenied", () -> readingOnly.appendObject(
                    new AppendObjectRequest(Scenario.BUCKET, "denied", Scenario.stream("lost")).withPosition(0L)));
            readingOnly.shutdown();
            return "";
        });
    }

    private static String temporaryCredentials() throws Throwable {
        String id = Contract.required("STS_ACCESS_KEY_ID", "STS_MISSING");
        String secret = Contract.required("STS_ACCESS_KEY_SECRET", "STS_MISSING");
        OSS temporary = Scenario.connect(new DefaultCredentialProvider(id, secret, Contract.required("STS_SECURITY_TOKEN", "STS_MISSING")));
        temporary.appendObject(
                new AppendObjectRequest(Scenario.BUCKET, "temporary", Scenario.stream(Scenario.FIRST)).withPosition(0L));
        GetObjectRequest request = new GetObjectRequest(Scenario.BUCKET, "temporary");
        Contract.equal(Scenario.contentsOf(temporary, request), Scenario.FIRST, "the contents");
        OSS withoutToken = Scenario.connect(new DefaultCredentialProvider(id, secret));
        OSSException failure = Contract.thrownBy(OSSException.class, () -> withoutToken.getObject(request));
        Contract.holds(!failure.getErrorCode().isEmpty(), "the service refuses the keys without their token");
        temporary.shutdown();
        withoutToken.shutdown();
        return "";
    }

    private static Date inAMinute() {
        return new Date(System.currentTimeMillis() + 60_000);
    }
}
