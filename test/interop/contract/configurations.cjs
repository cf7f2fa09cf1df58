// @ts-check
/**
 * Configurations of buckets as the documents that clients without types of their own send, and how two documents are
 * compared.
 */

const DATE = '2030-01-01T00:00:00.000Z';

/**
 * Every text with the names of the elements around it, in an order of their own: documents say nothing by the order of
 * elements.
 * @param {string} document
 */
function elementsOf(document) {
  const open = /** @type {string[]} */ ([]);
  const found = [];
  for (const [, name = '', text = ''] of document.matchAll(/<([^?>][^>]*)>([^<]*)/g)) {
    if (name.startsWith('/')) open.pop();
    else {
      open.push(name);
      if (text.trim() !== '') found.push(`${open.join('/')}=${text}`);
    }
  }
  return found.sort();
}

/**
 * The documents, each of which must be read back as it was set.
 * @param {string} bucket That the inventories are written to.
 */
function configurations(bucket) {
  const inventoryOf = (/** @type {string} */ id) =>
    `<InventoryConfiguration><Id>${id}</Id><IsEnabled>true</IsEnabled><Filter><Prefix>logs/</Prefix></Filter><Destination>` +
    '<OSSBucketDestination><Format>CSV</Format><AccountId>1000000000000000</AccountId>' +
    `<RoleArn>acs:ram::1000000000000000:role/inventory</RoleArn><Bucket>acs:oss:::${bucket}</Bucket><Prefix>inventories</Prefix>` +
    '<Encryption><SSE-KMS><KeyId>default</KeyId></SSE-KMS></Encryption></OSSBucketDestination></Destination><Schedule>' +
    '<Frequency>Weekly</Frequency></Schedule><IncludedObjectVersions>All</IncludedObjectVersions><OptionalFields>' +
    '<Field>Size</Field><Field>ETag</Field></OptionalFields></InventoryConfiguration>';

  const rule = (/** @type {string} */ id, /** @type {string} */ rest) =>
    `<Rule><ID>${id}</ID><Prefix>${id}/</Prefix><Status>Enabled</Status>${rest}</Rule>`;
  const lifecycle = `<LifecycleConfiguration>${rule(
    'before',
    `<Expiration><CreatedBeforeDate>${DATE}</CreatedBeforeDate></Expiration>` +
      `<AbortMultipartUpload><CreatedBeforeDate>${DATE}</CreatedBeforeDate></AbortMultipartUpload>`,
  )}${rule(
    'aged',
    '<Tag><Key>kind</Key><Value>log</Value></Tag><Expiration><Days>400</Days></Expiration>' +
      '<Transition><Days>30</Days><StorageClass>IA</StorageClass></Transition>',
  )}${rule('from', `<Expiration><Date>${DATE}</Date></Expiration>`)}</LifecycleConfiguration>`;

  const website =
    '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>error.html</Key></ErrorDocument>' +
    '<RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Condition><KeyPrefixEquals>far/</KeyPrefixEquals>' +
    '<HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect><RedirectType>Mirror</RedirectType>' +
    '<PassQueryString>true</PassQueryString><MirrorURL>https://origin.example/</MirrorURL>' +
    '<MirrorPassQueryString>true</MirrorPassQueryString><MirrorFollowRedirect>true</MirrorFollowRedirect>' +
    '<MirrorCheckMd5>false</MirrorCheckMd5><MirrorHeaders><PassAll>true</PassAll><Pass>x-one</Pass><Remove>x-three</Remove>' +
    '<Set><Key>x-four</Key><Value>4</Value></Set></MirrorHeaders></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>';

  const replication =
    '<ReplicationConfiguration><Rule><ID>to-far</ID><PrefixSet><Prefix>a/</Prefix></PrefixSet><Action>PUT</Action><Destination>' +
    '<Bucket>far-bucket</Bucket><Location>oss-cn-beijing</Location><TransferType>internal</TransferType></Destination>' +
    '<HistoricalObjectReplication>disabled</HistoricalObjectReplication><SyncRole>replicator</SyncRole></Rule></ReplicationConfiguration>';

  const qos =
    '<QoSConfiguration><TotalUploadBandwidth>100</TotalUploadBandwidth><IntranetUploadBandwidth>50</IntranetUploadBandwidth>' +
    '<ExtranetUploadBandwidth>50</ExtranetUploadBandwidth><TotalDownloadBandwidth>200</TotalDownloadBandwidth>' +
    '<IntranetDownloadBandwidth>100</IntranetDownloadBandwidth><ExtranetDownloadBandwidth>-1</ExtranetDownloadBandwidth>' +
    '<TotalQps>300</TotalQps><IntranetQps>-1</IntranetQps><ExtranetQps>100</ExtranetQps></QoSConfiguration>';

  const cors =
    '<CORSConfiguration><CORSRule><AllowedOrigin>https://a.example</AllowedOrigin><AllowedOrigin>https://*.b.example</AllowedOrigin>' +
    '<AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader><ExposeHeader>etag</ExposeHeader>' +
    '<MaxAgeSeconds>100</MaxAgeSeconds></CORSRule><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>HEAD</AllowedMethod>' +
    '<MaxAgeSeconds>200</MaxAgeSeconds></CORSRule></CORSConfiguration>';

  return { cors, inventoryOf, lifecycle, qos, replication, website };
}

module.exports = { configurations, elementsOf };
