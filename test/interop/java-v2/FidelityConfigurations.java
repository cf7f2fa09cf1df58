import annals.interop.Contract;
import com.aliyun.sdk.service.oss2.models.*;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Configurations of buckets, set and read back by the SDK's own types. */
final class FidelityConfigurations {
    private static final String BUCKET = Scenario.BUCKET;

    private FidelityConfigurations() {}

    static void run() {
        signedStep("lifecycle-dates", "lifecycle", FidelityConfigurations::lifecycleDates);
        signedStep("inventory", "inventory", FidelityConfigurations::inventory);
        signedStep("mirror-rules", "website", FidelityConfigurations::mirrorRules);
        Contract.notInSdk("no call for replication", "replication");
        Contract.notInSdk("no call for QoS", "qos");
        Contract.step("cors-vary", FidelityConfigurations::corsVary);
    }

    /** A step whose sub-resource the SDK's V1 signer leaves out. */
    private static void signedStep(String step, String subresource, Contract.Action action) {
        Contract.step(step, () -> {
            String[] remark = {""};
            BucketSteps.signed(subresource, () -> remark[0] = action.run());
            return remark[0];
        });
    }

    /** What a model of the SDK holds, by the names of its fields; what was not set is no part of it. */
    private static Object described(Object value) throws ReflectiveOperationException {
        if (value instanceof Collection) {
            List<Object> members = new ArrayList<>();
            for (Object member : (Collection<?>) value) members.add(described(member));
            return members;
        }
        if (value == null || !value.getClass().getName().contains(".oss2.models.")) return value;
        Map<String, Object> fields = new TreeMap<>();
        for (Method method : value.getClass().getDeclaredMethods()) {
            boolean isField = method.getParameterCount() == 0 && Modifier.isPublic(method.getModifiers())
                    && !Modifier.isStatic(method.getModifiers()) && !method.getName().equals("toBuilder");
            Object held = isField ? described(method.invoke(value)) : null;
            if (held != null) fields.put(method.getName(), held);
        }
        return fields;
    }

    private static void same(Object actual, Object wanted, String what) throws ReflectiveOperationException {
        Contract.equal(described(actual), described(wanted), what);
    }

    private static LifecycleRule.Builder rule(String id, String prefix, String status) {
        return LifecycleRule.newBuilder().id(id).prefix(prefix).status(status);
    }

    private static String lifecycleDates() throws Throwable {
        String date = "2030-01-01T00:00:00.000Z";
        LifecycleConfiguration wanted = LifecycleConfiguration.newBuilder().rules(List.of(
                rule("dated", "a/", "Enabled").expiration(LifecycleRuleExpiration.newBuilder().createdBeforeDate(date).build())
                        .abortMultipartUpload(LifecycleRuleAbortMultipartUpload.newBuilder().days(7).build()).build(),
                rule("from then on", "b/", "Enabled").expiration(LifecycleRuleExpiration.newBuilder().date(date).build()).build(),
                rule("aged", "c/", "Disabled").expiration(LifecycleRuleExpiration.newBuilder().days(400).build())
                        .tags(List.of(Tag.newBuilder().key("kind").value("log").build()))
                        .transitions(List.of(LifecycleRuleTransition.newBuilder().days(30).storageClass("IA").build(),
                                LifecycleRuleTransition.newBuilder().days(180).storageClass("Archive").build())).build(),
                rule("versions", "d/", "Enabled")
                        .expiration(LifecycleRuleExpiration.newBuilder().expiredObjectDeleteMarker(true).build())
                        .noncurrentVersionExpiration(NoncurrentVersionExpiration.newBuilder().noncurrentDays(10).build()).build()))
                .build();
        Scenario.CLIENT.putBucketLifecycle(
                PutBucketLifecycleRequest.newBuilder().bucket(BUCKET).lifecycleConfiguration(wanted).build());
        same(Scenario.CLIENT.getBucketLifecycle(GetBucketLifecycleRequest.newBuilder().bucket(BUCKET).build()).lifecycleConfiguration(),
                wanted, "the rules");
        Scenario.CLIENT.deleteBucketLifecycle(DeleteBucketLifecycleRequest.newBuilder().bucket(BUCKET).build());
        return "note: the SDK cannot write LifecycleRuleAbortMultipartUpload.createdBeforeDate";
    }

    private static InventoryConfiguration inventoryOf(String id) {
        InventoryOSSBucketDestination destination = InventoryOSSBucketDestination.newBuilder().format("CSV").accountId("1000000000000000")
                .roleArn("acs:ram::1000000000000000:role/inventory").bucket("acs:oss:::" + BUCKET).prefix("inventories")
                .encryption(InventoryEncryption.newBuilder().sseKms(SSEKMS.newBuilder().keyId("default").build()).build()).build();
        return InventoryConfiguration.newBuilder().id(id).isEnabled(true).includedObjectVersions("All")
                .filter(InventoryFilter.newBuilder().prefix("logs/").lowerSizeBound(1024L).upperSizeBound(1048576L)
                        .storageClass("Standard,IA").build())
                .destination(InventoryDestination.newBuilder().oSSBucketDestination(destination).build())
                .schedule(InventorySchedule.newBuilder().frequency("Weekly").build())
                .optionalFields(OptionalFields.newBuilder().fields(List.of("Size", "LastModifiedDate", "ETag")).build()).build();
    }

    private static InventoryConfiguration inventoryRead(String id) {
        return Scenario.CLIENT.getBucketInventory(GetBucketInventoryRequest.newBuilder().bucket(BUCKET).inventoryId(id).build())
                .inventoryConfiguration();
    }

    private static String inventory() throws Throwable {
        for (String id : List.of("first", "second")) {
            Scenario.CLIENT.putBucketInventory(PutBucketInventoryRequest.newBuilder().bucket(BUCKET).inventoryId(id)
                    .inventoryConfiguration(inventoryOf(id)).build());
            same(inventoryRead(id), inventoryOf(id), "the inventory");
        }
        ListInventoryConfigurationsResult listed = Scenario.CLIENT.listBucketInventory(
                ListBucketInventoryRequest.newBuilder().bucket(BUCKET).build()).listInventoryConfigurationsResult();
        List<String> ids = listed.inventoryConfigurations().stream().map(InventoryConfiguration::id).collect(Collectors.toList());
        Contract.equal(ids + " " + listed.isTruncated(), "[first, second] false", "the list");
        for (String id : ids) {
            Scenario.CLIENT.deleteBucketInventory(DeleteBucketInventoryRequest.newBuilder().bucket(BUCKET).inventoryId(id).build());
        }
        Scenario.refused("NoSuchInventory", () -> inventoryRead("first"));
        return "";
    }

    private static String mirrorRules() throws Throwable {
        MirrorHeaders headers = MirrorHeaders.newBuilder().passAll(true).passs(List.of("x-one", "x-two")).removes(List.of("x-three"))
                .sets(List.of(MirrorHeadersSet.newBuilder().key("x-four").value("4").build())).build();
        RoutingRuleRedirect mirror = RoutingRuleRedirect.newBuilder().redirectType("Mirror").mirrorURL("https://origin.example/")
                .passQueryString(true).mirrorPassQueryString(true).mirrorFollowRedirect(true).mirrorCheckMd5(false)
                .mirrorPassOriginalSlashes(false).mirrorHeaders(headers).build();
        RoutingRuleRedirect moved = RoutingRuleRedirect.newBuilder().redirectType("External").protocol("https").hostName("b.example")
                .httpRedirectCode(302L).replaceKeyPrefixWith("new/").enableReplacePrefix(true).passQueryString(false).build();
        RoutingRuleIncludeHeader header = RoutingRuleIncludeHeader.newBuilder().key("host").equals("a.example").build();
        RoutingRuleCondition far = RoutingRuleCondition.newBuilder().keyPrefixEquals("far/").httpErrorCodeReturnedEquals(404L).build();
        RoutingRuleCondition named = RoutingRuleCondition.newBuilder().keyPrefixEquals("moved/").httpErrorCodeReturnedEquals(404L)
                .includeHeaders(List.of(header)).build();
        WebsiteConfiguration wanted = WebsiteConfiguration.newBuilder()
                .indexDocument(IndexDocument.newBuilder().suffix("index.html").supportSubDir(true).type(0L).build())
                .errorDocument(ErrorDocument.newBuilder().key("error.html").httpStatus(404L).build())
                .routingRules(RoutingRules.newBuilder().routingRules(List.of(
                        RoutingRule.newBuilder().ruleNumber(1L).condition(far).redirect(mirror).build(),
                        RoutingRule.newBuilder().ruleNumber(2L).condition(named).redirect(moved).build())).build())
                .build();
        Scenario.CLIENT.putBucketWebsite(PutBucketWebsiteRequest.newBuilder().bucket(BUCKET).websiteConfiguration(wanted).build());
        same(Scenario.CLIENT.getBucketWebsite(GetBucketWebsiteRequest.newBuilder().bucket(BUCKET).build()).websiteConfiguration(),
                wanted, "the website");
        Scenario.CLIENT.deleteBucketWebsite(DeleteBucketWebsiteRequest.newBuilder().bucket(BUCKET).build());
        return "";
    }

    private static String corsVary() throws Throwable {
        CORSConfiguration wanted = CORSConfiguration.newBuilder().responseVary(true).corsRules(List.of(
                CORSRule.newBuilder().allowedOrigins(List.of("https://a.example", "https://*.b.example"))
                        .allowedMethods(List.of("GET", "PUT")).allowedHeaders(List.of("*"))
                        .exposeHeaders(List.of("etag", "x-oss-request-id")).maxAgeSeconds(100L).build(),
                CORSRule.newBuilder().allowedOrigins(List.of("*")).allowedMethods(List.of("HEAD")).build())).build();
        Scenario.CLIENT.putBucketCors(PutBucketCorsRequest.newBuilder().bucket(BUCKET).corsConfiguration(wanted).build());
        same(Scenario.CLIENT.getBucketCors(GetBucketCorsRequest.newBuilder().bucket(BUCKET).build()).corsConfiguration(), wanted, "the rules");
        Scenario.CLIENT.deleteBucketCors(DeleteBucketCorsRequest.newBuilder().bucket(BUCKET).build());
        return "";
    }
}
