import annals.interop.Contract;
import annals.interop.PlainHttp;
import com.aliyun.sdk.service.oss2.OSSClient;
import com.aliyun.sdk.service.oss2.OperationInput;
import com.aliyun.sdk.service.oss2.OperationOptions;
import com.aliyun.sdk.service.oss2.PresignOptions;
import com.aliyun.sdk.service.oss2.credentials.StaticCredentialsProvider;
import com.aliyun.sdk.service.oss2.models.PresignResult;
import com.aliyun.sdk.service.oss2.models.PutObjectRequest;
import com.aliyun.sdk.service.oss2.transport.BinaryData;
import com.aliyun.sdk.service.oss2.transport.HttpClient;
import com.aliyun.sdk.service.oss2.transport.RequestContext;
import com.aliyun.sdk.service.oss2.transport.RequestMessage;
import com.aliyun.sdk.service.oss2.transport.ResponseMessage;
import com.aliyun.sdk.service.oss2.types.AuthMethodType;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Presigned URLs, temporary credentials, and a user who may only read. */
final class AccessSteps {
    private static final Map<String, String> LOG_TYPE = Map.of("Content-Type", "text/x-log");

    private AccessSteps() {}

    static void run() {
        Contract.step("presigned-put", () -> {
            PresignResult signed = Scenario.CLIENT.presign(
                    PutObjectRequest.newBuilder().bucket(Scenario.BUCKET).key("presigned put").contentType("text/x-log").build(),
                    PresignOptions.newBuilder().expiration(Duration.ofMinutes(1)).build());
            HttpResponse<String> answer = PlainHttp.send(signed.method(), signed.url(), Scenario.FIRST, LOG_TYPE);
            Contract.equal(answer.statusCode(), 200, "the status with the answer " + answer.body());
            Contract.equal(Scenario.contentsOf("presigned put"), Scenario.FIRST, "the contents");
            Contract.equal(PlainHttp.send("DELETE", signed.url(), "", LOG_TYPE).statusCode(), 403, "the status of another method");
            return "";
        });
        Contract.step("presigned-get", () -> {
            PresignResult signed = Scenario.CLIENT.presign(Scenario.getting(Scenario.GROWING));
            HttpResponse<String> answer = PlainHttp.send(signed.method(), signed.url(), "", Map.of());
            Contract.equal(answer.statusCode(), 200, "the status with the answer " + answer.body());
            Contract.equal(answer.body(), Scenario.WHOLE, "the contents");
            return "";
        });
        Contract.step("presigned-append", AccessSteps::presignedAppend);
        Contract.step("sts", AccessSteps::temporaryCredentials);
        Contract.step("policy-denial", () -> {
            try (OSSClient readingOnly = Scenario.connect(new StaticCredentialsProvider(
                    Contract.required("READER_ACCESS_KEY_ID", "READER_MISSING"),
                    Contract.required("READER_ACCESS_KEY_SECRET", "READER_MISSING")))) {
                Contract.equal(Scenario.contentsOf(readingOnly, Scenario.getting(Scenario.GROWING)), Scenario.WHOLE,
                        "what the user reads");
                int status = Scenario.refused("AccessDenied",
                        () -> readingOnly.appendObject(Scenario.appending("denied", 0, "lost").build())).statusCode();
                Contract.equal(status, 403, "the status");
            }
            return "";
        });
    }

    /** Has the SDK sign an append in the query: its presign knows seven other requests only. */
    private static String presignedAppend() throws Exception {
        UrlCatcher catcher = new UrlCatcher();
        OperationInput input = OperationInput.newBuilder().opName("AppendObject").method("POST")
                .bucket(Scenario.BUCKET).key("presigned append")
                .headers(new HashMap<>(LOG_TYPE))
                .parameters(new HashMap<>(Map.of("append", "", "position", "0")))
                .build();
        try (OSSClient client = Scenario.builder(Scenario.rootCredentials()).httpClient(catcher).build()) {
            client.invokeOperation(input, OperationOptions.newBuilder().authMethod(AuthMethodType.Query).build());
        }
        HttpResponse<String> answer = PlainHttp.send("POST", catcher.url, Scenario.FIRST, LOG_TYPE);
        Contract.equal(answer.statusCode(), 200, "the status with the answer " + answer.body());
        String next = answer.headers().firstValue("x-oss-next-append-position").orElse("missing");
        Contract.equal(next, String.valueOf(Scenario.FIRST.length()), "the next position");
        Contract.equal(Scenario.contentsOf("presigned append"), Scenario.FIRST, "the contents");
        return "note: presign takes no AppendObjectRequest; invokeOperation with AuthMethodType.Query makes the URL";
    }

    private static String temporaryCredentials() throws Throwable {
        String id = Contract.required("STS_ACCESS_KEY_ID", "STS_MISSING");
        String secret = Contract.required("STS_ACCESS_KEY_SECRET", "STS_MISSING");
        String token = Contract.required("STS_SECURITY_TOKEN", "STS_MISSING");
        try (OSSClient temporary = Scenario.connect(new StaticCredentialsProvider(id, secret, token));
                OSSClient withoutToken = Scenario.connect(new StaticCredentialsProvider(id, secret))) {
            temporary.appendObject(Scenario.appending("temporary", 0, Scenario.FIRST).build());
            Contract.equal(Scenario.contentsOf(temporary, Scenario.getting("temporary")), Scenario.FIRST, "the contents");
            int status = Scenario.refused(() -> withoutToken.getObject(Scenario.getting("temporary"))).statusCode();
            Contract.equal(status, 403, "the status without the token");
        }
        return "";
    }

    /** Keeps the URL of a request instead of sending it. */
    private static final class UrlCatcher implements HttpClient {
        private String url;

        @Override
        public ResponseMessage send(RequestMessage request, RequestContext context) {
            url = request.uri().toString();
            return ResponseMessage.newBuilder().request(request).statusCode(200).headers(Map.of())
                    .body(BinaryData.fromString("")).build();
        }

        @Override
        public CompletableFuture<ResponseMessage> sendAsync(RequestMessage request, RequestContext context) {
            return CompletableFuture.completedFuture(send(request, context));
        }

        @Override
        public String name() {
            return "url-catcher";
        }
    }
}
