/**
 * Everything a server answers about what is stored, read by the protocol: each reading operation of the table, of the
 * service, of each bucket, and of each version of each object; the people by the admin API. Two dumps are compared as
 * they are. Leaves out how a store is filled (`everything.ts`).
 */
import { createHash } from 'node:crypto';
import { OPERATIONS, type OperationName } from '@annals/protocol';
import type { Account, AccountRequest, Keys } from '../access-control/account.js';
import { type GoldenAnswer, goldenAnswerOf } from '../golden/golden-reads.js';

/** Answers by what was asked, in the order in which it was asked. */
export type Dump = Readonly<Record<string, GoldenAnswer | unknown>>;

export interface DumpInput {
  readonly account: Account;
  /** Default: all there are. */
  readonly buckets?: readonly string[];
  /** Only keys for which this says so. */
  readonly isWanted?: (bucket: string, key: string) => boolean;
}

/** What was read, and by which operations that were answered with 200. */
export interface Dumped {
  readonly answers: Dump;
  readonly succeeded: ReadonlySet<OperationName>;
}

/** Asked for with what the answers of others say, so after them. */
const LATER: ReadonlySet<OperationName> = new Set<OperationName>([
  'GetBucketReplicationProgress',
  'GetBucketDataRedundancyTransition',
]);

/** Reading operations, in the order in which they are asked. Following an object has no end. */
export const READING = (Object.entries(OPERATIONS) as [OperationName, (typeof OPERATIONS)[OperationName]][])
  .filter(([name, { methods }]) => name !== 'FollowObject' && methods.every((method) => /^(?:GET|HEAD)$/.test(method)))
  .sort(([one], [other]) => Number(LATER.has(one)) - Number(LATER.has(other)));

/** Names of what {@link everything.ts} has made, for parameters that need one. */
const VALUES: Readonly<Record<string, string>> = {
  styleName: 's',
  inventoryId: 'i',
  qosRequester: '1234',
  'x-oss-access-point-name': 'ap-01',
};

/** Admin routes that show the whole of what is stored about people. */
const PEOPLE = ['account', 'users', 'groups', 'roles', 'policies', 'limits', 'revocations', 'custom-domains'] as const;

/** Reads all of it. */
export async function dump({ account, buckets, isWanted = () => true }: DumpInput): Promise<Dumped> {
  const answers: Record<string, unknown> = {};
  const succeeded = new Set<OperationName>();
  const ask = async (name: OperationName, request: AccountRequest): Promise<string> => {
    const answer = await account.send(request, account.root);
    if (answer.status < 300) succeeded.add(name);
    const { bucket = '', key = '', query = {} } = request;
    answers[`${name} ${bucket}/${key} ${JSON.stringify(query)}`] = goldenAnswerOf(answer);
    return answer.body.toString('utf8');
  };
  const askAll = async (scope: string, address: Pick<AccountRequest, 'bucket' | 'key'>, more: Query): Promise<void> => {
    for (const [name, row] of READING) {
      if (row.scope !== scope) continue;
      for (const request of requestsOf(name, row, more, answers, address)) await ask(name, { ...request, ...address });
    }
  };
  await askAll('service', {}, {});
  const all = valuesIn(bodyOf(answers['ListBuckets / {}']), 'Name');
  for (const bucket of buckets ?? all) {
    await askAll('bucket', { bucket }, {});
    for (const { key, versionId } of await versionsOf(account, bucket)) {
      if (isWanted(bucket, key)) await askAll('object', { bucket, key }, versionId === undefined ? {} : { versionId });
    }
    for (const [key, uploadId] of await uploadsOf(account, bucket)) {
      if (isWanted(bucket, key)) await ask('ListParts', { method: 'GET', bucket, key, query: { uploadId } });
    }
    for (const key of ['gate']) {
      if (!isWanted(bucket, key)) continue;
      for (const query of [{ live: '' }, { live: '', comp: 'stat' }, { live: '', comp: 'history' }]) {
        const name = query.comp === undefined ? 'GetLiveChannelInfo' : LIVE_CHANNEL[query.comp as 'stat' | 'history'];
        await ask(name, { method: 'GET', bucket, key, query });
      }
    }
  }
  for (const path of PEOPLE) {
    const { requestId: _, ...body } = await account.change('GET', path);
    answers[`admin ${path}`] = body;
    if (path !== 'users') continue;
    for (const { name } of body.users as { name: string }[]) {
      const { requestId: __, ...keys } = await account.change('GET', `users/${name}/access-keys`);
      answers[`admin access keys of ${name}`] = keys;
    }
  }
  return { answers, succeeded };
}

/** Whether keys are accepted, and what they may read. */
export async function signIn(account: Account, keys: Keys, bucket: string, key: string): Promise<string> {
  const { status, body } = await account.send({ method: 'GET', bucket, key }, keys);
  return `${status} ${status === 200 ? digest(body) : (/<Code>(.*?)<\/Code>/.exec(body.toString('utf8'))?.[1] ?? '')}`;
}

type Query = Readonly<Record<string, string>>;
const LIVE_CHANNEL = { stat: 'GetLiveChannelStat', history: 'GetLiveChannelHistory' } as const;
/** Asked for what is there only, above. */
const BY_NAME: ReadonlySet<OperationName> = new Set<OperationName>([
  'ListParts',
  'GetLiveChannelInfo',
  'GetLiveChannelStat',
  'GetLiveChannelHistory',
]);

function requestsOf(
  name: OperationName,
  { methods, query, values = {}, header }: (typeof OPERATIONS)[OperationName],
  more: Query,
  answers: Record<string, unknown>,
  { bucket = '' }: Pick<AccountRequest, 'bucket'>,
): (AccountRequest & { readonly query: Query })[] {
  if (BY_NAME.has(name)) return [];
  const named = Object.fromEntries(query.map((part) => [part, VALUES[part] ?? '']));
  const chosen = Object.fromEntries(Object.entries(values).map(([part, [value = '']]) => [part, value]));
  const method = methods[0] ?? 'GET';
  const headerName = header ?? (name.includes('AccessPoint') ? 'x-oss-access-point-name' : undefined);
  const headers = headerName === undefined ? {} : { [headerName]: VALUES[headerName] ?? '' };
  const request = { method, query: { ...named, ...chosen, ...more }, headers };
  switch (name) {
    case 'GetBucketReplicationProgress': {
      const shown = bodyOf(answers[`GetBucketReplication ${bucket}/ {"replication":""}`]);
      return valuesIn(shown, 'ID').map((id) => ({ ...request, query: { ...request.query, 'rule-id': id } }));
    }
    case 'GetBucketDataRedundancyTransition': {
      const shown = bodyOf(answers[`ListBucketDataRedundancyTransition ${bucket}/ {"redundancyTransition":""}`]);
      return valuesIn(shown, 'TaskId').map((id) => ({
        ...request,
        query: { ...request.query, 'x-oss-redundancy-transition-taskid': id },
      }));
    }
    case 'GetBucketRequesterQosInfo':
      return [{ ...request, query: { ...request.query, qosRequester: '1234' } }];
    case 'GetCnameToken':
      return [{ ...request, query: { ...request.query, cname: 'www.example.com' } }];
    case 'ListObjects':
    case 'ListObjectsV2':
    case 'ListObjectVersions':
      return [request, { ...request, query: { ...request.query, delimiter: '/' } }];
    default:
      return [request];
  }
}

async function versionsOf(
  account: Account,
  bucket: string,
): Promise<{ readonly key: string; readonly versionId: string | undefined }[]> {
  const query = { versions: '', 'max-keys': '1000', 'encoding-type': 'url' };
  const { body } = await account.send({ method: 'GET', bucket, query }, account.root);
  const document = body.toString('utf8');
  if (/<IsTruncated>true/.test(document)) throw new Error(`A dump of ${bucket} would need a second page`);
  return [...document.matchAll(/<(?:Version|DeleteMarker)>.*?<\/(?:Version|DeleteMarker)>/gs)].map(([entry]) => {
    const [key = ''] = valuesIn(entry, 'Key').map(decodeURIComponent);
    const [versionId] = valuesIn(entry, 'VersionId');
    return { key, versionId };
  });
}

async function uploadsOf(account: Account, bucket: string): Promise<(readonly [key: string, uploadId: string])[]> {
  const query = { uploads: '', 'encoding-type': 'url' };
  const { body } = await account.send({ method: 'GET', bucket, query }, account.root);
  const document = body.toString('utf8');
  const keys = [...document.matchAll(/<Upload>.*?<Key>(.*?)<\/Key>.*?<\/Upload>/gs)].map(([, key = '']) =>
    decodeURIComponent(key),
  );
  return valuesIn(document, 'UploadId').map((id, index) => [keys[index] ?? '', id]);
}

function bodyOf(answer: unknown): string {
  return (answer as GoldenAnswer | undefined)?.body ?? '';
}

function valuesIn(document: string, name: string): string[] {
  return [...document.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, value = '']) => value);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
