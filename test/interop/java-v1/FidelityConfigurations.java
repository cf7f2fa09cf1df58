import annals.interop.Contract;
import com.aliyun.oss.model.*;
import com.aliyun.oss.model.SetBucketCORSRequest.CORSRule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Configurations of buckets, set and read back by the SDK's own types. */
final class FidelityConfigurations {
    private static final String BUCKET = Scenario.BUCKET;

    private FidelityConfigurations() {}

    static void run() {
        Contract.step("lifecycle-dates", FidelityConfigurations::lifecycleDates);
        Contract.step("inventory", FidelityConfigurations::inventory);
        Contract.step("mirror-rules", FidelityConfigurations::mirrorRules);
        Contract.step("replication", FidelityConfigurations::replication);
        Contract.step("qos", FidelityConfigurations::qos);
        Contract.step("cors-vary", FidelityConfigurations::corsVary);
    }

    private static String lifecycleDates() {
        Date date = Date.from(Instant.parse("2030-01-01T00:00:00Z"));
        LifecycleRule dated = new LifecycleRule("dated", "a/", LifecycleRule.RuleStatus.Enabled);
        dated.setCreatedBeforeDate(date);
        dated.setAbortMultipartUpload(new LifecycleRule.AbortMultipartUpload().withCreatedBeforeDate(date));
        LifecycleRule fromThenOn = new LifecycleRule("from then on", "b/", LifecycleRule.RuleStatus.Enabled, date);
        LifecycleRule aged = new LifecycleRule("aged", "c/", LifecycleRule.RuleStatus.Disabled, 400, List.of(
                new LifecycleRule.StorageTransition(30, StorageClass.IA), new LifecycleRule.StorageTransition(180, StorageClass.Archive)));
        aged.setTags(Map.of("kind", "log"));
        LifecycleRule versions = new LifecycleRule("versions", "d/", LifecycleRule.RuleStatus.Enabled);
        versions.setExpiredDeleteMarker(true);
        versions.setNoncurrentVersionExpiration(new LifecycleRule.NoncurrentVersionExpiration(10));
        List<LifecycleRule> rules = List.of(dated, fromThenOn, aged, versions);
        SetBucketLifecycleRequest request = new SetBucketLifecycleRequest(BUCKET);
        request.setLifecycleRules(rules);
        Scenario.CLIENT.setBucketLifecycle(request);
        List<LifecycleRule> set = Scenario.CLIENT.getBucketLifecycle(BUCKET);
        Contract.equal(set.size(), rules.size(), "the number of rules");
        for (int index = 0; index < rules.size(); index++) {
            Contract.equal(described(set.get(index)), described(rules.get(index)), "the rule");
        }
        Scenario.CLIENT.deleteBucketLifecycle(BUCKET);
        return "";
    }

    private static String described(LifecycleRule rule) {
        List<String> words = new ArrayList<>(List.of(rule.getId(), rule.getPrefix(), rule.getStatus().toString()));
        words.add("days " + rule.getExpirationDays() + " time " + rule.getExpirationTime() + " before " + rule.getCreatedBeforeDate());
        words.add("marker " + Boolean.TRUE.equals(rule.getExpiredDeleteMarker()) + " tags " + rule.getTags());
        if (rule.getAbortMultipartUpload() != null) words.add("abort " + rule.getAbortMultipartUpload().getCreatedBeforeDate());
        if (rule.getNoncurrentVersionExpiration() != null) {
            words.add("noncurrent " + rule.getNoncurrentVersionExpiration().getNoncurrentDays());
        }
        for (LifecycleRule.StorageTransition one : rule.getStorageTransition()) {
            words.add(one.getStorageClass() + " after " + one.getExpirationDays());
        }
        return String.join(", ", words);
    }

    private static InventoryConfiguration inventoryOf(String id) {
        return new InventoryConfiguration().withInventoryId(id).withEnabled(true)
                .withIncludedObjectVersions(InventoryIncludedObjectVersions.All)
                .withFilter(new InventoryFilter().withPrefix("logs/").withLowerSizeBound(1024L).withUpperSizeBound(1048576L)
                        .withStorageClass("Standard,IA"))
                .withDestination(new InventoryDestination().withOSSBucketDestination(new InventoryOSSBucketDestination()
                        .withFormat(InventoryFormat.CSV).withAccountId("1000000000000000")
                        .withRoleArn("acs:ram::1000000000000000:role/inventory").withBucket(BUCKET).withPrefix("inventories")
                        .withEncryption(new InventoryEncryption().withServerSideKmsEncryption(
                                new InventoryServerSideEncryptionKMS().withKeyId("default")))))
                .withSchedule(new InventorySchedule().withFrequency(InventoryFrequency.Weekly))
                .withOptionalFields(List.of("Size", "LastModifiedDate", "ETag"));
    }

    private static String described(InventoryConfiguration inventory) {
        InventoryFilter filter = inventory.getInventoryFilter();
        InventoryOSSBucketDestination to = inventory.getDestination().getOssBucketDestination();
        return String.join(", ", inventory.getInventoryId(), "" + inventory.isEnabled(), inventory.getIncludedObjectVersions(),
                filter.getPrefix(), "" + filter.getLowerSizeBound(), "" + filter.getUpperSizeBound(), filter.getStorageClass(),
                to.getFormat(), to.getAccountId(), to.getRoleArn(), to.getBucket(), to.getPrefix(),
                to.getEncryption().getServerSideKmsEncryption().getKeyId(), inventory.getSchedule().getFrequency(),
                "" + inventory.getOptionalFields());
    }

    private static String inventory() throws Throwable {
        for (String id : List.of("first", "second")) {
            Scenario.CLIENT.setBucketInventoryConfiguration(BUCKET, inventoryOf(id));
            Contract.equal(described(Scenario.CLIENT.getBucketInventoryConfiguration(BUCKET, id).getInventoryConfiguration()),
                    described(inventoryOf(id)), "the inventory");
        }
        ListBucketInventoryConfigurationsResult listed = Scenario.CLIENT.listBucketInventoryConfigurations(BUCKET);
        List<String> ids = listed.getInventoryConfigurationList().stream().map(InventoryConfiguration::getInventoryId)
                .collect(Collectors.toList());
        Contract.equal(ids + " " + listed.isTruncated(), "[first, second] false", "the list");
        for (String id : ids) Scenario.CLIENT.deleteBucketInventoryConfiguration(BUCKET, id);
        Scenario.refused("NoSuchInventory", () -> Scenario.CLIENT.getBucketInventoryConfiguration(BUCKET, "first"));
        return "";
    }

    private static RoutingRule rule(int number, String prefix, RoutingRule.Redirect redirect) {
        RoutingRule rule = new RoutingRule();
        rule.setNumber(number);
        rule.getCondition().setKeyPrefixEquals(prefix);
        rule.getCondition().setHttpErrorCodeReturnedEquals(404);
        rule.setRedirect(redirect);
        return rule;
    }

    private static String mirrorRules() {
        RoutingRule.MirrorHeaders headers = new RoutingRule.MirrorHeaders();
        headers.setPassAll(true);
        headers.setPass(List.of("x-one", "x-two"));
        headers.setRemove(List.of("x-three"));
        headers.setSet(List.of(Map.of("Key", "x-four", "Value", "4")));
        RoutingRule.Redirect mirror = new RoutingRule.Redirect();
        mirror.setRedirectType(RoutingRule.RedirectType.Mirror);
        mirror.setMirrorURL("https://origin.example/");
        mirror.setPassQueryString(true);
        mirror.setMirrorPassQueryString(true);
        mirror.setMirrorFollowRedirect(true);
        mirror.setMirrorCheckMd5(false);
        mirror.setMirrorHeaders(headers);
        RoutingRule.Redirect moved = new RoutingRule.Redirect();
        moved.setRedirectType(RoutingRule.RedirectType.External);
        moved.setProtocol(RoutingRule.Protocol.Https);
        moved.setHostName("b.example");
        moved.setHttpRedirectCode(302);
        moved.setReplaceKeyPrefixWith("new/");
        moved.setEnableReplacePrefix(true);
        moved.setPassQueryString(false);
        SetBucketWebsiteRequest request = new SetBucketWebsiteRequest(BUCKET);
        request.setIndexDocument("index.html");
        request.setErrorDocument("error.html");
        request.setRoutingRules(List.of(rule(1, "far/", mirror), rule(2, "moved/", moved)));
        Scenario.CLIENT.setBucketWebsite(request);
        BucketWebsiteResult set = Scenario.CLIENT.getBucketWebsite(BUCKET);
        Contract.equal(set.getIndexDocument() + " " + set.getErrorDocument(), "index.html error.html", "the documents");
        Contract.equal(set.getRoutingRules().size(), 2, "the number of rules");
        for (int index = 0; index < 2; index++) {
            Contract.equal(described(set.getRoutingRules().get(index)), described(request.getRoutingRules().get(index)), "the rule");
        }
        Scenario.CLIENT.deleteBucketWebsite(BUCKET);
        return "";
    }

    private static String described(RoutingRule rule) {
        RoutingRule.Redirect redirect = rule.getRedirect();
        String text = rule.getNumber() + " " + rule.getCondition().getKeyPrefixEquals() + " "
                + rule.getCondition().getHttpErrorCodeReturnedEquals() + " " + redirect.getRedirectType() + " "
                + redirect.isPassQueryString();
        RoutingRule.MirrorHeaders headers = redirect.getMirrorHeaders();
        if (redirect.getRedirectType() == RoutingRule.RedirectType.Mirror) {
            return text + " " + redirect.getMirrorURL() + " " + redirect.isMirrorPassQueryString() + " "
                    + redirect.isMirrorFollowRedirect() + " " + redirect.isMirrorCheckMd5() + " " + headers.isPassAll() + " "
                    + headers.getPass() + " " + headers.getRemove() + " " + headers.getSet().get(0).get("Key") + " "
                    + headers.getSet().get(0).get("Value");
        }
        return text + " " + redirect.getProtocol() + " " + redirect.getHostName() + " " + redirect.getHttpRedirectCode() + " "
                + redirect.getReplaceKeyPrefixWith() + " " + redirect.isEnableReplacePrefix();
    }

    private static String replication() {
        AddBucketReplicationRequest request = new AddBucketReplicationRequest(BUCKET);
        request.setReplicationRuleID("to-far");
        request.setTargetBucketName("far-bucket");
        request.setTargetBucketLocation("oss-cn-beijing");
        request.setEnableHistoricalObjectReplication(false);
        request.setObjectPrefixList(List.of("a/", "b/"));
        request.setReplicationActionList(List.of(AddBucketReplicationRequest.ReplicationAction.PUT));
        request.setSyncRole("replicator");
        Scenario.CLIENT.addBucketReplication(request);
        List<ReplicationRule> rules = Scenario.CLIENT.getBucketReplication(BUCKET);
        Contract.equal(rules.size(), 1, "the number of rules");
        ReplicationRule set = rules.get(0);
        Contract.equal(set.getReplicationRuleID() + " " + set.getTargetBucketName() + " " + set.getTargetBucketLocation() + " "
                + set.isEnableHistoricalObjectReplication() + " " + set.getObjectPrefixList() + " " + set.getReplicationActionList() + " "
                + set.getSyncRole(), "to-far far-bucket oss-cn-beijing false [a/, b/] [PUT] replicator", "the rule");
        Contract.holds(set.getReplicationStatus() != null, "the status is told");
        Scenario.CLIENT.deleteBucketReplication(BUCKET, "to-far");
        return "";
    }

    private static String qos() {
        BucketQosInfo wanted = new BucketQosInfo();
        wanted.setTotalUploadBw(100);
        wanted.setIntranetUploadBw(50);
        wanted.setExtranetUploadBw(50);
        wanted.setTotalDownloadBw(200);
        wanted.setIntranetDownloadBw(100);
        wanted.setExtranetDownloadBw(-1);
        wanted.setTotalQps(300);
        wanted.setIntranetQps(-1);
        wanted.setExtranetQps(100);
        Scenario.CLIENT.setBucketQosInfo(BUCKET, wanted);
        Contract.equal(described(Scenario.CLIENT.getBucketQosInfo(BUCKET)), described(wanted), "the limits");
        Scenario.CLIENT.deleteBucketQosInfo(BUCKET);
        return "";
    }

    private static String described(BucketQosInfo limits) {
        return List.of(limits.getTotalUploadBw(), limits.getIntranetUploadBw(), limits.getExtranetUploadBw(), limits.getTotalDownloadBw(),
                limits.getIntranetDownloadBw(), limits.getExtranetDownloadBw(), limits.getTotalQps(), limits.getIntranetQps(),
                limits.getExtranetQps()).toString();
    }

    private static String corsVary() {
        CORSRule first = new CORSRule();
        first.setAllowedOrigins(List.of("https://a.example", "https://*.b.example"));
        first.setAllowedMethods(List.of("GET", "PUT"));
        first.setAllowedHeaders(List.of("*"));
        first.setExposeHeaders(List.of("etag", "x-oss-request-id"));
        first.setMaxAgeSeconds(100);
        CORSRule second = new CORSRule();
        second.setAllowedOrigins(List.of("*"));
        second.setAllowedMethods(List.of("HEAD"));
        SetBucketCORSRequest request = new SetBucketCORSRequest(BUCKET);
        request.setCorsRules(List.of(first, second));
        request.setResponseVary(true);
        Scenario.CLIENT.setBucketCORS(request);
        CORSConfiguration set = Scenario.CLIENT.getBucketCORS(new GenericRequest(BUCKET));
        Contract.equal(set.getResponseVary(), true, "ResponseVary");
        Contract.equal(set.getCorsRules().size(), 2, "the number of rules");
        Contract.equal(described(set.getCorsRules().get(0)), described(first), "the first rule");
        Contract.equal(described(set.getCorsRules().get(1)), described(second), "the second rule");
        Scenario.CLIENT.deleteBucketCORSRules(BUCKET);
        return "";
    }

    private static String described(CORSRule rule) {
        return rule.getAllowedOrigins() + " " + rule.getAllowedMethods() + " " + rule.getAllowedHeaders() + " "
                + rule.getExposeHeaders() + " " + rule.getMaxAgeSeconds();
    }
}
