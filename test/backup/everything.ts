/**
 * Fills a running server with something of every kind that a store can hold: objects of every making, versions,
 * encryption, each configuration of a bucket, people and their rights. Leaves out how it is read back (`dump.ts`).
 */
import type { Account, AccountRequest, Keys } from '../access-control/account.js';
import { allow, policy } from '../access-control/account.js';
import type { RawAnswer } from '../harness/http-exchange.js';

export const PLAIN = 'everything-plain';
export const VERSIONED = 'everything-versions';
const SUSPENDED = 'everything-suspended';
export const CONFIGURED = 'everything-configured';
export const HELD = 'everything-held';
const RETAINED = 'everything-retained';
/** For what is written while others are read; the access log too. */
export const BUSY = 'everything-busy';
/** All of them that hold still. */
export const STILL_BUCKETS: readonly string[] = [PLAIN, VERSIONED, SUSPENDED, CONFIGURED, HELD, RETAINED];

const KIB = 1024;
type Texts = Readonly<Record<string, string>>;

/** People of the account, with the keys they sign with. */
export interface Everything {
  readonly reader: Keys;
  /** Its key is inactive. */
  readonly locked: Keys;
  readonly roleArn: string;
}

/** Sends requests as the root, and throws when one is refused. */
export class Writer {
  readonly account: Account;

  constructor(account: Account) {
    this.account = account;
  }

  async send(request: AccountRequest): Promise<RawAnswer> {
    const answer = await this.account.send(request, this.account.root);
    if (answer.status >= 300) {
      throw new Error(
        `${request.method} ${request.bucket}/${request.key} ${JSON.stringify(request.query)}: ${answer.status} ${answer.body.toString()}`,
      );
    }
    return answer;
  }

  put(bucket: string, key: string, body: Uint8Array, headers: Texts = {}): Promise<RawAnswer> {
    return this.send({ method: 'PUT', bucket, key, headers, body });
  }

  delete(bucket: string, key: string, query: Texts = {}): Promise<RawAnswer> {
    return this.send({ method: 'DELETE', bucket, key, query });
  }

  /** Appends from a position on. */
  async append(
    bucket: string,
    key: string,
    bodies: readonly Uint8Array[],
    headers: Texts = {},
    from = 0,
  ): Promise<void> {
    let position = from;
    for (const body of bodies) {
      const query = { append: '', position: String(position) };
      await this.send({ method: 'POST', bucket, key, query, headers, body });
      position += body.length;
    }
  }

  configure(bucket: string, query: Texts, body: string, method = 'PUT', headers: Texts = {}): Promise<RawAnswer> {
    return this.send({ method, bucket, query, headers, body });
  }

  setVersioning(bucket: string, status: 'Enabled' | 'Suspended'): Promise<RawAnswer> {
    return this.configure(
      bucket,
      { versioning: '' },
      `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`,
    );
  }

  async startUpload(bucket: string, key: string, parts: readonly Uint8Array[], headers: Texts = {}): Promise<string> {
    const { body } = await this.send({ method: 'POST', bucket, key, query: { uploads: '' }, headers });
    const uploadId = /<UploadId>(.*?)<\/UploadId>/.exec(body.toString())?.[1] as string;
    for (const [index, part] of parts.entries()) {
      const query = { partNumber: String(index + 1), uploadId };
      await this.send({ method: 'PUT', bucket, key, query, body: part });
    }
    return uploadId;
  }

  async upload(bucket: string, key: string, parts: readonly Uint8Array[], headers: Texts = {}): Promise<void> {
    const uploadId = await this.startUpload(bucket, key, parts, headers);
    await this.send({ method: 'POST', bucket, key, query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' } });
  }
}

/** Bytes that differ from one run of 64 to the next. */
export function bytes(name: string, length: number): Buffer {
  const all = Buffer.alloc(length);
  for (let start = 0; start < length; start += 64) {
    all.fill(`${name} from ${start}\n`, start, Math.min(length, start + 64), 'latin1');
  }
  return all;
}

/** Writes everything into a server that has nothing yet but a KMS key named `default`. */
export async function writeEverything(account: Account): Promise<Everything> {
  const writer = new Writer(account);
  for (const bucket of [PLAIN, VERSIONED, SUSPENDED, CONFIGURED, HELD, RETAINED, BUSY])
    await writer.send({ method: 'PUT', bucket });
  await writeObjects(writer);
  for (const bucket of [VERSIONED, SUSPENDED]) await writeVersions(writer, bucket);
  await writer.setVersioning(SUSPENDED, 'Suspended');
  await writer.put(SUSPENDED, 'several', bytes('null version', 600));
  await writer.delete(SUSPENDED, 'before');
  await writeHeld(writer);
  const people = await writePeople(account);
  await writeConfigurations(writer);
  return people;
}

async function writeObjects(writer: Writer): Promise<void> {
  const put = (key: string, body: Uint8Array, headers: Texts = {}) => writer.put(PLAIN, key, body, headers);
  await put('put/small', bytes('small', 1000), {
    'x-oss-tagging': 'season=winter&year=2026',
    'x-oss-meta-camera': 'north',
    'x-oss-meta-place': 'roof',
    'content-type': 'text/plain',
    'cache-control': 'max-age=60',
    'content-disposition': 'attachment; filename=a',
    'content-encoding': 'utf-8',
    expires: 'Wed, 08 Jul 2037 16:57:01 GMT',
  });
  await put('put/empty', Buffer.alloc(0));
  await put('put/blob', bytes('long', 700 * KIB), { 'content-type': 'video/mp4', 'x-oss-object-acl': 'public-read' });
  await put('put/infrequent', bytes('class', 2000), { 'x-oss-storage-class': 'IA' });
  await put('put/archived', bytes('archive', 2000), { 'x-oss-storage-class': 'Archive' });
  await put('put/cold', bytes('archive', 2000), { 'x-oss-storage-class': 'ColdArchive' });
  await put('put/ä key with + & % and 日本', bytes('name', 20));
  await put('put/../dots//and/', bytes('name', 21));
  await put('put/aes', bytes('secret', 900), { 'x-oss-server-side-encryption': 'AES256' });
  await put('put/kms', bytes('secret', 800), { 'x-oss-server-side-encryption': 'KMS' });
  await put('put/aes-blob', bytes('secret', 300 * KIB), { 'x-oss-server-side-encryption': 'AES256' });
  // What a client encrypts itself is bytes and metadata to the server.
  await put('put/client-side', bytes('sealed by the client', 5000), {
    'x-oss-meta-client-side-encryption-key': 'bm90IGEga2V5',
    'x-oss-meta-client-side-encryption-start': 'bm90IGFuIGl2',
    'x-oss-meta-client-side-encryption-cek-alg': 'AES/CTR/NoPadding',
    'x-oss-meta-client-side-encryption-wrap-alg': 'RSA/NONE/PKCS1Padding',
  });
  await put('put/replaced', bytes('first', 150 * KIB));
  await put('put/replaced', bytes('second', 1600));
  await put('put/deleted', bytes('deleted', 150 * KIB));
  await writer.delete(PLAIN, 'put/deleted');
  await put('put/copied', Buffer.alloc(0), { 'x-oss-copy-source': `/${PLAIN}/put/blob` });
  const link = { method: 'PUT', bucket: PLAIN, key: 'put/link', query: { symlink: '' } };
  await writer.send({ ...link, headers: { 'x-oss-symlink-target': 'put/small', 'x-oss-meta-kind': 'link' } });
  const lines = Array.from({ length: 40 }, (_, index) => bytes(`row ${index}`, 100 + index));
  await writer.append(PLAIN, 'appended/inline', lines, { 'x-oss-meta-camera': 'north', 'x-oss-tagging': 'a=1' });
  await writer.append(PLAIN, 'appended/mixed', [
    bytes('blob', 200 * KIB),
    bytes('inline', KIB),
    bytes('blocks', 600 * KIB + 7),
    bytes('inline', 3),
  ]);
  await writer.append(PLAIN, 'appended/sealed', [bytes('sealed', 500)]);
  await writer.send({
    method: 'POST',
    bucket: PLAIN,
    key: 'appended/sealed',
    query: { seal: '', position: '500' },
  });
  await writer.append(PLAIN, 'appended/empty', [Buffer.alloc(0)]);
  await writer.append(PLAIN, 'appended/encrypted', [bytes('secret', 300), bytes('secret', 200 * KIB)], {
    'x-oss-server-side-encryption': 'AES256',
  });
  await writer.upload(PLAIN, 'parts/three', [bytes('one', 300 * KIB), bytes('two', 101 * KIB), bytes('end', 50)]);
  await writer.upload(PLAIN, 'parts/encrypted', [bytes('one', 200 * KIB), bytes('two', 50)], {
    'x-oss-server-side-encryption': 'KMS',
  });
  await writer.startUpload(PLAIN, 'parts/unfinished', [bytes('half', 130 * KIB), bytes('half', 10)]);
  await put('parts/copied', Buffer.alloc(0), { 'x-oss-copy-source': `/${PLAIN}/parts/three` });
}

async function writeVersions(writer: Writer, bucket: string): Promise<void> {
  await writer.put(bucket, 'before', bytes('before', 200));
  await writer.setVersioning(bucket, 'Enabled');
  for (const length of [300, 140 * KIB, 500]) {
    await writer.put(bucket, 'several', bytes(`version of ${length}`, length), { 'x-oss-tagging': `length=${length}` });
  }
  await writer.put(bucket, 'hidden', bytes('hidden', 250), { 'x-oss-server-side-encryption': 'AES256' });
  await writer.delete(bucket, 'hidden');
  await writer.delete(bucket, 'never-was');
  await writer.put(bucket, 'before', bytes('after', 210));
}

async function writeHeld(writer: Writer): Promise<void> {
  await writer.setVersioning(HELD, 'Enabled');
  await writer.configure(
    HELD,
    { objectWorm: '' },
    '<ObjectWormConfiguration><ObjectWormEnabled>Enabled</ObjectWormEnabled></ObjectWormConfiguration>',
  );
  await writer.put(HELD, 'kept', bytes('kept', 300));
  const put = (query: Texts, body: string) => writer.send({ method: 'PUT', bucket: HELD, key: 'kept', query, body });
  await put(
    { retention: '' },
    '<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2099-01-01T00:00:00.000Z</RetainUntilDate></Retention>',
  );
  await put({ legalHold: '' }, '<LegalHold><Status>ON</Status></LegalHold>');
  await writer.put(RETAINED, 'kept', bytes('kept', 300));
  await writer.configure(
    RETAINED,
    { worm: '' },
    '<InitiateWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays></InitiateWormConfiguration>',
    'POST',
  );
}

async function writePeople(account: Account): Promise<Everything> {
  const read = [allow('oss:GetObject', `acs:oss:*:*:${PLAIN}/put/*`)];
  const reader = await account.makeUser('reader', read);
  const locked = await account.makeUser('locked', read);
  await account.change('PUT', `users/locked/access-keys/${locked.accessKeyId}`, { status: 'inactive' });
  await account.change('PUT', 'users/reader', { displayName: 'Reader of 日本' });
  await account.change('POST', 'groups/watchers', { comment: 'watch' });
  await account.change('PUT', 'users/reader/groups/watchers');
  await account.change('PUT', 'groups/watchers/policies/reader');
  const roleArn = await account.makeRole('borrowed', read);
  await account.change('PUT', 'revocations/keys/STS.Revoked0000000000000');
  await account.change('PUT', 'revocations/users/locked');
  await account.change('PUT', `limits/buckets/${PLAIN}`, { objectCountMax: 100_000, lengthBytesMax: 10 ** 12 });
  await account.change('PUT', 'limits/users/reader', { requestsPerSecondMax: 5000 });
  return { reader, locked, roleArn };
}

const ACCESS_POINT = 'ap-01';

/** Of a bucket alone: what is put by PUT with a document. */
const DOCUMENTS: readonly (readonly [query: Texts, document: string, headers?: Texts])[] = [
  [
    { lifecycle: '' },
    '<LifecycleConfiguration><Rule><ID>a</ID><Prefix>nothing-is-here/</Prefix><Status>Enabled</Status><Expiration><Days>9000</Days></Expiration></Rule></LifecycleConfiguration>',
  ],
  [
    { cors: '' },
    '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>',
  ],
  [
    { website: '' },
    '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>',
  ],
  [
    { encryption: '' },
    '<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>',
  ],
  [
    { logging: '' },
    `<BucketLoggingStatus><LoggingEnabled><TargetBucket>${BUSY}</TargetBucket><TargetPrefix>log-</TargetPrefix></LoggingEnabled></BucketLoggingStatus>`,
  ],
  [{ tagging: '' }, '<Tagging><TagSet><Tag><Key>owner</Key><Value>north</Value></Tag></TagSet></Tagging>'],
  [
    { overwriteConfig: '' },
    '<OverwriteConfiguration><Rule><ID>a</ID><Action>forbid</Action><Prefix>once/</Prefix></Rule></OverwriteConfiguration>',
  ],
  [
    { qosInfo: '' },
    '<QoSConfiguration><TotalUploadBandwidth>-1</TotalUploadBandwidth><TotalQps>1000</TotalQps></QoSConfiguration>',
  ],
  [{ requesterQosInfo: '', qosRequester: '1234' }, '<QoSConfiguration><TotalQps>5</TotalQps></QoSConfiguration>'],
  [
    { userDefinedLogFieldsConfig: '' },
    '<UserDefinedLogFieldsConfiguration><HeaderSet><header>a</header></HeaderSet></UserDefinedLogFieldsConfiguration>',
  ],
  [
    { inventory: '', inventoryId: 'i' },
    '<InventoryConfiguration><Id>i</Id><IsEnabled>true</IsEnabled></InventoryConfiguration>',
  ],
  [
    { referer: '' },
    '<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer><RefererList><Referer>http://a</Referer></RefererList></RefererConfiguration>',
  ],
  [{ requestPayment: '' }, '<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>'],
  [
    { transferAcceleration: '' },
    '<TransferAccelerationConfiguration><Enabled>true</Enabled></TransferAccelerationConfiguration>',
  ],
  [{ accessmonitor: '' }, '<AccessMonitorConfiguration><Status>Enabled</Status></AccessMonitorConfiguration>'],
  [
    { resourceGroup: '' },
    '<BucketResourceGroupConfiguration><ResourceGroupId>rg-2</ResourceGroupId></BucketResourceGroupConfiguration>',
  ],
  [
    { httpsConfig: '' },
    '<HttpsConfiguration><TLS><Enable>true</Enable><TLSVersion>TLSv1.2</TLSVersion></TLS></HttpsConfiguration>',
  ],
  [
    { bucketArchiveDirectRead: '' },
    '<ArchiveDirectReadConfiguration><Enabled>true</Enabled></ArchiveDirectReadConfiguration>',
  ],
  [{ style: '', styleName: 's' }, '<Style><Content>image/resize,p_50</Content></Style>'],
  [
    { accessPoint: '' },
    `<CreateAccessPointConfiguration><AccessPointName>${ACCESS_POINT}</AccessPointName><NetworkOrigin>internet</NetworkOrigin></CreateAccessPointConfiguration>`,
  ],
  [
    { accessPointPolicy: '' },
    policy([allow(['oss:*'], [`acs:oss:*:*:accesspoint/${ACCESS_POINT}`], { Principal: ['1'] })]),
    { 'x-oss-access-point-name': ACCESS_POINT },
  ],
  [
    { publicAccessBlock: '', 'x-oss-access-point-name': ACCESS_POINT },
    '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>',
  ],
  [{ policy: '' }, policy([allow(['oss:GetObject'], [`acs:oss:*:*:${CONFIGURED}/*`], { Principal: ['1'] })])],
  [
    { publicAccessBlock: '' },
    '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>',
  ],
];

async function writeConfigurations(writer: Writer): Promise<void> {
  await writer.put(CONFIGURED, 'a', bytes('a', 100));
  const post = (query: Texts, body = '') => writer.configure(CONFIGURED, query, body, 'POST');
  await writer.send({
    method: 'PUT',
    bucket: CONFIGURED,
    key: 'gate',
    query: { live: '' },
    body: '<LiveChannelConfiguration><Description>gate</Description><Target><Type>HLS</Type></Target></LiveChannelConfiguration>',
  });
  const replication = await post(
    { replication: '', comp: 'add' },
    `<ReplicationConfiguration><Rule><Destination><Bucket>${PLAIN}</Bucket><Location>oss-cn-beijing</Location></Destination></Rule></ReplicationConfiguration>`,
  );
  const ruleId = replication.headers['x-oss-replication-rule-id'];
  await writer.configure(
    CONFIGURED,
    { rtc: '' },
    `<ReplicationRule><RTC><Status>enabled</Status></RTC><ID>${ruleId}</ID></ReplicationRule>`,
  );
  const cname = '<BucketCnameConfiguration><Cname><Domain>www.example.com</Domain></Cname></BucketCnameConfiguration>';
  await post({ cname: '', comp: 'token' }, cname);
  await post({ cname: '', comp: 'add' }, cname);
  await post({ metaQuery: '', comp: 'add' });
  await post({ redundancyTransition: '', 'x-oss-target-redundancy-type': 'ZRS' });
  await writer.send({ method: 'PUT', bucket: CONFIGURED, query: { acl: '' }, headers: { 'x-oss-acl': 'public-read' } });
  for (const [query, document, headers] of DOCUMENTS)
    await writer.configure(CONFIGURED, query, document, 'PUT', headers);
  // Of the whole service.
  await writer.send({
    method: 'PUT',
    query: { publicAccessBlock: '' },
    body: '<PublicAccessBlockConfiguration><BlockPublicAccess>false</BlockPublicAccess></PublicAccessBlockConfiguration>',
  });
}
