/**
 * What a signature covers: whatever of a signed request is changed, added or left out on the way, and which parameters
 * V1 leaves open.
 */
import { defaultSettings } from '@annals/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { outcomeOf } from '../access-control/account.js';
import { SIGNED_KINDS, type SignatureKind, signRequest } from '../harness/sign-request.js';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';

const BUCKET = 'covered';
const OTHER = 'covered-too';
const MISMATCH = '403 SignatureDoesNotMatch';

let server: TestServer;

beforeAll(async () => {
  // Hundreds of wrong signatures are what this is about.
  const limits = { ...defaultSettings.limits, failedSignatureCountMax: 0 };
  server = await startTestServer({ settings: { limits } });
  for (const bucket of [BUCKET, OTHER]) await server.send({ method: 'PUT', bucket });
});

afterAll(() => server.close());

interface Target {
  readonly method: string;
  readonly bucket: string;
  readonly key?: string;
}

interface Change {
  readonly target?: Partial<Target>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Header or parameter that is not sent. */
  readonly without?: string;
}

const PUT = { method: 'PUT', bucket: BUCKET, key: 'k' } as const;
const HEADERS = { 'content-type': 'text/plain', 'x-oss-meta-a': '1', 'x-oss-object-acl': 'private', abc: 'unsigned' };
const QUERY = { versionId: 'x', prefix: 'p' };

/** Sends what was signed, but for the change. */
async function sendChanged(
  kind: SignatureKind,
  unsigned: Target & Pick<Parameters<typeof signRequest>[0], 'query' | 'headers'>,
  { target, query, headers, without = '' }: Change,
): Promise<string> {
  const signed = signRequest(unsigned, kind, ROOT, Date.now());
  const kept = (entries: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => name !== without));
  const { method, bucket, key } = { ...unsigned, ...target };
  const answer = await server.send({
    method,
    bucket,
    ...(key !== undefined && { key }),
    query: kept({ ...signed.query, ...query }),
    headers: kept({ ...signed.headers, ...headers }),
    signature: 'anonymous',
  });
  return outcomeOf(answer);
}

const isV4 = (kind: SignatureKind) => kind.startsWith('v4');

/** By V1, by V4. A version id is nothing for PutObject, so a right signature is known by the 400 that says so. */
test.each<[string, Change, v1: boolean, v4: boolean]>([
  ['nothing', {}, true, true],
  ['the method', { target: { method: 'DELETE' } }, false, false],
  ['the bucket', { target: { bucket: OTHER } }, false, false],
  ['the key', { target: { key: 'l' } }, false, false],
  ['the value of a sub-resource', { query: { versionId: 'y' } }, false, false],
  ['a sub-resource that is added', { query: { acl: '' } }, false, false],
  ['a sub-resource that is left out', { without: 'versionId' }, false, false],
  ['a parameter that is no sub-resource', { query: { prefix: 'q' } }, true, false],
  ['an unknown parameter', { query: { unknown: '1' } }, true, false],
  ['the value of a header of OSS', { headers: { 'x-oss-meta-a': '2' } }, false, false],
  ['a header of OSS that is added', { headers: { 'x-oss-storage-class': 'IA' } }, false, false],
  ['a header of OSS that is left out', { without: 'x-oss-object-acl' }, false, false],
  ['the type of the body', { headers: { 'content-type': 'text/html' } }, false, false],
  ['an MD5 that is added', { headers: { 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==' } }, false, false],
  ['another header', { headers: { abc: 'changed' } }, true, true],
])('%s', async (_what, change, v1, v4) => {
  for (const kind of SIGNED_KINDS) {
    const outcome = await sendChanged(kind, { ...PUT, query: QUERY, headers: HEADERS }, change);
    const isTaken = isV4(kind) ? v4 : v1;
    expect([kind, outcome === MISMATCH]).toEqual([kind, !isTaken]);
    if (isTaken) expect(outcome).not.toContain('403');
  }
});

const SIGNED_BY_V1 =
  `acl uploads location cors logging website referer lifecycle delete append tagging objectMeta objectInfo uploadId partNumber
  security-token position img style styleName replication replicationProgress replicationLocation cname bucketInfo comp qos qosInfo
  live status vod startTime endTime x-oss-process processConfiguration symlink stat udf udfName udfId udfImage udfImageDesc
  udfApplication udfApplicationLog restore versions versioning versionId encryption policy policyStatus requestPayment asyncFetch
  sequential x-oss-request-payer x-oss-traffic-limit vpcip vip inventory inventoryId continuation-token worm wormId wormExtend
  callback callback-var x-oss-dir x-oss-rename x-oss-delete transferAcceleration x-oss-ac-source-ip x-oss-ac-subnet-mask
  x-oss-ac-vpc-id x-oss-ac-forward-allow metaQuery resourceGroup regionList cloudboxes x-oss-async-process
  x-oss-write-get-object-response bucketArchiveDirectRead httpsConfig publicAccessBlock redundancyTransition
  x-oss-target-redundancy-type x-oss-redundancy-transition-taskid accessPoint accessPointPolicy x-oss-access-point-name
  requesterQosInfo qosRequester resourcePoolInfo resourcePool resourcePoolBuckets withHashContext x-oss-enable-md5 x-oss-enable-sha1
  x-oss-enable-sha256 x-oss-hash-ctx x-oss-md5-ctx rtc responseHeader group link seal response-content-type
  response-content-language response-expires response-cache-control response-content-disposition response-content-encoding`.split(
    /\s+/,
  );

test.each(['v1', 'v1-url'] as const)('%s signs every sub-resource there is', async (kind) => {
  const open: string[] = [];
  for (const name of SIGNED_BY_V1) {
    const outcome = await sendChanged(
      kind,
      { method: 'GET', bucket: BUCKET, query: {}, headers: {} },
      { query: { [name]: '1' } },
    );
    // A token in a URL is that of the key, which has none.
    if (outcome !== (kind === 'v1-url' && name === 'security-token' ? '403 InvalidSecurityToken' : MISMATCH))
      open.push(name);
  }
  expect(open).toEqual([]);
});

test.each(['v1', 'v1-url'] as const)('%s leaves open what only shapes a listing', async (kind) => {
  const listings: readonly Readonly<Record<string, string>>[] = [
    { prefix: 'p', marker: 'm', delimiter: '/', 'max-keys': '2', 'encoding-type': 'url' },
    { 'list-type': '2', 'start-after': 'a', 'fetch-owner': 'true' },
  ];
  for (const query of listings) {
    expect(await sendChanged(kind, { method: 'GET', bucket: BUCKET, query: {}, headers: {} }, { query })).toBe('200');
  }
  for (const [name, query] of [
    ['versions', { 'key-marker': 'a', prefix: 'p' }],
    ['uploads', { 'max-uploads': '1', 'key-marker': 'a', 'upload-id-marker': 'A' }],
  ] as const) {
    const signed = { method: 'GET', bucket: BUCKET, query: { [name]: '' }, headers: {} };
    expect(await sendChanged(kind, signed, { query })).toBe('200');
  }
});
