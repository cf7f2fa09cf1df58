/**
 * Makes the golden folders: a data folder with everything a store can hold, once stopped in order and once killed while
 * its last rows lay in the journal alone. What must be read back is recorded from the same program, opened on a copy.
 * Run by `make-golden-folders.js`.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Account } from '../access-control/account.js';
import { filesBelow } from '../harness/files-below.js';
import type { RawAnswer } from '../harness/http-exchange.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { packFolder, unpackFolder } from './folder-archive.js';
import { type GoldenManifest, type GoldenRequest, readGolden } from './golden-reads.js';

const FOLDERS = fileURLToPath(new URL('folders/', import.meta.url));
const KIB = 1024;
const PLAIN = 'golden';
const VERSIONED = 'golden-versions';
const SUSPENDED = 'golden-suspended';
const LATE_KEY = 'late/written-last';
const execFileAsync = promisify(execFile);

/** Makes both folders of one format and their manifests in `folders/`. @param annalsPath The program of that format. */
export async function makeGoldenFolders(format: number, annalsPath: string): Promise<void> {
  const commit = (await execFileAsync('git', ['rev-parse', '--short', 'HEAD'], { cwd: dirname(annalsPath) })).stdout;
  for (const kind of ['orderly', 'killed'] as const) {
    const temporary = await temporaryFolder();
    try {
      const data = join(temporary.path, 'data');
      const { user, requests } = await fill(data, annalsPath, kind);
      const name = join(FOLDERS, `format-${format}-${kind}`);
      const length = await packFolder(data, `${name}.br`);
      const copy = join(temporary.path, 'copy');
      await unpackFolder(`${name}.br`, copy);
      const manifest = await record(copy, annalsPath, { format, madeBy: commit.trim(), user, requests });
      await writeFile(`${name}.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
      console.log(`${name}: ${length} bytes, ${manifest.reads.length} reads`);
    } finally {
      await temporary.remove();
    }
  }
}

async function record(
  data: string,
  annalsPath: string,
  { requests, ...head }: Pick<GoldenManifest, 'format' | 'madeBy' | 'user'> & { requests: readonly GoldenRequest[] },
): Promise<GoldenManifest> {
  const server = await startServerProcess({ data, annalsPath });
  const account = new Account(server);
  try {
    const keys = { root: account.root, user: head.user };
    const reads: GoldenManifest['reads'][number][] = [];
    for (const request of requests) reads.push({ request, answer: await readGolden(account, keys, request) });
    for (const { request, answer } of reads) {
      if (answer.status >= 400 && request.as === undefined && !isRefused(request)) {
        throw new Error(`${JSON.stringify(request)}: ${answer.status} ${answer.body}`);
      }
    }
    return { format: head.format, madeBy: head.madeBy, ...keys, reads };
  } finally {
    account.close();
    await server.stop();
  }
}

/** Requests that are there because they must fail. */
function isRefused({ key }: GoldenRequest): boolean {
  return key !== undefined && /deleted|frozen|absent/.test(key);
}

interface Filled {
  readonly user: GoldenManifest['user'];
  readonly requests: readonly GoldenRequest[];
}

async function fill(data: string, annalsPath: string, kind: 'orderly' | 'killed'): Promise<Filled> {
  await mkdir(data, { mode: 0o700 });
  await execFileAsync(process.execPath, [annalsPath, 'key', 'rotate', 'default', '--data', data]);
  const server = await startServerProcess({ data, annalsPath, buckets: [PLAIN, VERSIONED, SUSPENDED] });
  const account = new Account(server);
  const { accessKeyId, accessKeySecret } = account.root;
  await writeFile(join(data, 'root-access-key.json'), `${JSON.stringify({ accessKeyId, accessKeySecret })}\n`, {
    mode: 0o600,
  });
  const filler = new Filler(account);
  await filler.writeAppended();
  await filler.writePut(kind === 'orderly');
  await filler.writeMultipart();
  await filler.writeVersions();
  await filler.writeConfigurations();
  const user = await filler.writeAccounts();
  await filler.compacted(data);
  const uploadIds = await filler.startUploads();
  if (kind === 'killed') await filler.writeLate();
  await (kind === 'killed' ? server.kill() : stopInOrder(server));
  account.close();
  if (kind === 'killed') await requireRowsInJournalOnly(data);
  return { user, requests: await requestsOf(filler, uploadIds, kind) };
}

async function stopInOrder(server: ServerProcess): Promise<void> {
  const code = await server.stop();
  if (code !== 0) throw new Error(`The server ended with ${String(code)}`);
}

/** @throws when the database has the last rows already: then the folder would not show what it is for. */
async function requireRowsInJournalOnly(data: string): Promise<void> {
  const holders: string[] = [];
  for (const path of await filesBelow(join(data, 'metadata'))) {
    if ((await readFile(path)).includes(`O${PLAIN}\0${LATE_KEY}`)) holders.push(path);
  }
  if (holders.length !== 1 || !/journal/.test(holders[0] as string)) {
    throw new Error(`The last rows must lie in the journal alone, and lie in ${holders.join(', ')}: run again`);
  }
}

/** Bytes that differ from one run of 4 KiB to the next, and compress to almost nothing. */
function text(name: string, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let start = 0; start < length; start += 4 * KIB) {
    bytes.fill(`${name} from ${start}\n`, start, Math.min(length, start + 4 * KIB), 'latin1');
  }
  return bytes;
}

class Filler {
  /** Plain keys that can be read in the bucket without versions. */
  readonly keys: string[] = [];
  readonly versionIds: string[] = [];
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  async send(request: Parameters<Account['send']>[0]): Promise<RawAnswer> {
    const answer = await this.#account.send(request, this.#account.root);
    if (answer.status >= 300) {
      throw new Error(`${request.method} ${request.bucket}/${request.key}: ${answer.status} ${answer.body.toString()}`);
    }
    return answer;
  }

  async put(key: string, body: Uint8Array, headers: Record<string, string> = {}, bucket = PLAIN): Promise<RawAnswer> {
    if (bucket === PLAIN) this.keys.push(key);
    return this.send({ method: 'PUT', bucket, key, headers, body });
  }

  async append(key: string, bodies: readonly Uint8Array[], headers: Record<string, string> = {}): Promise<void> {
    let position = 0;
    this.keys.push(key);
    for (const body of bodies) {
      const query = { append: '', position: String(position) };
      await this.send({ method: 'POST', bucket: PLAIN, key, query, headers, body });
      position += body.length;
    }
  }

  async writeAppended(): Promise<void> {
    const lines = Array.from({ length: 40 }, (_, index) => text(`row ${index}`, 100 + index));
    await this.append('appended/inline', lines, { 'x-oss-meta-camera': 'north', 'content-type': 'text/plain' });
    await this.append('appended/mixed', [
      text('blob', 200 * KIB),
      text('inline', KIB),
      text('blocks', 600 * KIB + 7),
      text('inline', 3),
    ]);
    await this.append(
      'appended/shared',
      Array.from({ length: 44 }, (_, index) => text(`piece ${index}`, 110 * KIB)),
    );
    const short = Array.from({ length: 700 }, (_, index) => text(`piece ${index}`, 7 * KIB));
    // Part of their commits: the compactor merges them.
    await this.append('appended/compacted', short);
    await this.append('appended/sealed', [text('sealed', 500)]);
    await this.send({ method: 'POST', bucket: PLAIN, key: 'appended/sealed', query: { seal: '', position: '500' } });
    await this.append('appended/empty', [Buffer.alloc(0)]);
    await this.append('appended/encrypted', [text('secret', 300), text('secret', 400)], {
      'x-oss-server-side-encryption': 'AES256',
    });
  }

  /** @param isLong With a long encrypted object, whose bytes do not compress. */
  async writePut(isLong: boolean): Promise<void> {
    await this.put('put/small', text('small', 1000), { 'x-oss-tagging': 'season=winter&year=2026' });
    await this.put('put/empty', Buffer.alloc(0));
    await this.put('put/blob', text('long', 700 * KIB), {
      'content-type': 'video/mp4',
      'x-oss-object-acl': 'public-read',
    });
    await this.put('put/infrequent', text('class', 2000), { 'x-oss-storage-class': 'IA' });
    await this.put('put/frozen', text('archive', 2000), { 'x-oss-storage-class': 'Archive' });
    await this.put('put/ä key with + & % and 日本', text('name', 20));
    await this.put('put/aes', text('secret', 900), { 'x-oss-server-side-encryption': 'AES256' });
    await this.put('put/kms', text('secret', 800), { 'x-oss-server-side-encryption': 'KMS' });
    if (isLong) await this.put('put/aes-blob', text('secret', 132 * KIB), { 'x-oss-server-side-encryption': 'AES256' });
    await this.put('put/replaced', text('first', 1500));
    await this.send({ method: 'PUT', bucket: PLAIN, key: 'put/replaced', body: text('second', 1600) });
    await this.send({ method: 'PUT', bucket: PLAIN, key: 'put/deleted', body: text('deleted', 150 * KIB) });
    await this.send({ method: 'DELETE', bucket: PLAIN, key: 'put/deleted' });
    await this.put('put/copied', Buffer.alloc(0), { 'x-oss-copy-source': `/${PLAIN}/put/blob` });
    await this.send({
      method: 'PUT',
      bucket: PLAIN,
      key: 'put/link',
      query: { symlink: '' },
      headers: { 'x-oss-symlink-target': 'put/small' },
    });
    this.keys.push('put/link');
  }

  async writeMultipart(): Promise<void> {
    await this.complete('multipart/three', [
      { body: text('one', 300 * KIB) },
      { body: text('two', 101 * KIB) },
      { body: text('end', 50) },
    ]);
    await this.complete('multipart/of-copies', [
      { source: '/golden/multipart/three', range: 'bytes=1000-299999' },
      { body: text('own', 101 * KIB) },
      { source: '/golden/put/blob', range: 'bytes=5-400000' },
      { source: '/golden/put/small' },
    ]);
    await this.put('multipart/copied', Buffer.alloc(0), { 'x-oss-copy-source': '/golden/multipart/of-copies' });
    await this.complete('multipart/encrypted', [{ source: '/golden/multipart/of-copies', range: 'bytes=0-2000' }], {
      'x-oss-server-side-encryption': 'AES256',
    });
  }

  async complete(
    key: string,
    parts: readonly ({ readonly body: Uint8Array } | { readonly source: string; readonly range?: string })[],
    headers: Record<string, string> = {},
  ): Promise<void> {
    const uploadId = await this.initiate(key, headers);
    const listed: string[] = [];
    for (const [index, part] of parts.entries()) {
      const etag = await this.#uploadPart(key, uploadId, index + 1, part);
      listed.push(`<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
    }
    const body = `<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`;
    await this.send({ method: 'POST', bucket: PLAIN, key, query: { uploadId }, body });
    this.keys.push(key);
  }

  async initiate(key: string, headers: Record<string, string> = {}): Promise<string> {
    const { body } = await this.send({ method: 'POST', bucket: PLAIN, key, query: { uploads: '' }, headers });
    return /<UploadId>(.*?)<\/UploadId>/.exec(body.toString())?.[1] as string;
  }

  async #uploadPart(
    key: string,
    uploadId: string,
    number: number,
    part: { readonly body: Uint8Array } | { readonly source: string; readonly range?: string },
  ): Promise<string> {
    const query = { partNumber: String(number), uploadId };
    const request = { method: 'PUT', bucket: PLAIN, key, query };
    if ('body' in part) return (await this.send({ ...request, body: part.body })).headers.etag as string;
    const headers = {
      'x-oss-copy-source': part.source,
      ...(part.range !== undefined && { 'x-oss-copy-source-range': part.range }),
    };
    const { body } = await this.send({ ...request, headers });
    return /<ETag>(.*?)<\/ETag>/.exec(body.toString())?.[1]?.replaceAll('&quot;', '"') as string;
  }

  async writeVersions(): Promise<void> {
    for (const bucket of [VERSIONED, SUSPENDED]) {
      await this.put('before', text('before', 200), {}, bucket);
      await this.#setVersioning(bucket, 'Enabled');
      for (const length of [300, 140 * KIB, 500]) {
        const { headers } = await this.put('several', text(`version of ${length}`, length), {}, bucket);
        if (bucket === VERSIONED) this.versionIds.push(headers['x-oss-version-id'] as string);
      }
      await this.put('hidden', text('hidden', 250), {}, bucket);
      await this.send({ method: 'DELETE', bucket, key: 'hidden' });
      await this.put('before', text('after', 210), {}, bucket);
    }
    await this.#setVersioning(SUSPENDED, 'Suspended');
    await this.put('several', text('null version', 600), {}, SUSPENDED);
    await this.send({ method: 'DELETE', bucket: SUSPENDED, key: 'before' });
  }

  #setVersioning(bucket: string, status: string): Promise<RawAnswer> {
    const body = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
    return this.send({ method: 'PUT', bucket, query: { versioning: '' }, body });
  }

  async writeConfigurations(): Promise<void> {
    const documents: Readonly<Record<string, string>> = {
      lifecycle:
        '<LifecycleConfiguration><Rule><ID>a</ID><Prefix>nothing-is-here/</Prefix><Status>Enabled</Status><Expiration><Days>9000</Days></Expiration></Rule></LifecycleConfiguration>',
      cors: '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>',
      website:
        '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>',
      tagging: '<Tagging><TagSet><Tag><Key>owner</Key><Value>north</Value></Tag></TagSet></Tagging>',
    };
    for (const [name, body] of Object.entries(documents)) {
      await this.send({ method: 'PUT', bucket: PLAIN, query: { [name]: '' }, body });
    }
    await this.send({
      method: 'PUT',
      bucket: PLAIN,
      key: 'channel',
      query: { live: '' },
      body: '<LiveChannelConfiguration><Description>gate</Description><Target><Type>HLS</Type></Target></LiveChannelConfiguration>',
    });
  }

  async writeAccounts(): Promise<GoldenManifest['user']> {
    const { accessKeyId, accessKeySecret } = await this.#account.makeUser('reader', [
      { Effect: 'Allow', Action: ['oss:GetObject'], Resource: [`acs:oss:*:*:${PLAIN}/put/*`] },
    ]);
    await this.#account.change('POST', 'groups/watchers');
    await this.#account.change('PUT', 'users/reader/groups/watchers');
    return { accessKeyId, accessKeySecret };
  }

  /** Waits until the compactor has merged what is due. */
  async compacted(data: string): Promise<void> {
    for (let round = 0; round < 600; round += 1) {
      const paths = await filesBelow(join(data, 'blobs'));
      const lengths = await Promise.all(paths.map(async (path) => (await readFile(path)).length));
      if (lengths.some((length) => length > 4 * KIB * KIB)) return;
      await delay(100);
    }
    throw new Error('Nothing was compacted in a minute');
  }

  async startUploads(): Promise<readonly string[]> {
    const uploadId = await this.initiate('unfinished', { 'x-oss-meta-state': 'half' });
    await this.#uploadPart('unfinished', uploadId, 1, { body: text('part', 130 * KIB) });
    await this.#uploadPart('unfinished', uploadId, 7, { body: text('part', 40) });
    await this.#uploadPart('unfinished', uploadId, 9, { source: '/golden/put/blob', range: 'bytes=9-99' });
    return [uploadId, await this.initiate('unfinished-empty')];
  }

  /** The rows that a kill finds in the journal. */
  async writeLate(): Promise<void> {
    // Whatever came before is checkpointed then.
    await delay(2000);
    await this.put('late/put', text('late', 150 * KIB));
    await this.append('late/appended', [text('late', 100), text('late', 200)]);
    await this.put(LATE_KEY, text('last', 300));
  }
}

async function requestsOf(
  { keys, versionIds }: Filler,
  [uploadId = '']: readonly string[],
  kind: 'orderly' | 'killed',
): Promise<readonly GoldenRequest[]> {
  const get = (bucket: string, query: Record<string, string> = {}): GoldenRequest => ({ method: 'GET', bucket, query });
  const objects = [...keys, 'put/deleted'].flatMap((key): GoldenRequest[] => {
    const target = { bucket: PLAIN, key };
    return [
      { method: 'HEAD', ...target },
      { method: 'GET', ...target },
    ];
  });
  const blob = { method: 'GET', bucket: PLAIN, key: 'multipart/of-copies' } as const;
  return [
    ...objects,
    { ...blob, headers: { range: 'bytes=262140-262150' } },
    { ...blob, headers: { range: 'bytes=-70' } },
    { method: 'GET', bucket: PLAIN, key: 'put/small', query: { tagging: '' } },
    { method: 'GET', bucket: PLAIN, key: 'put/blob', query: { acl: '' } },
    { method: 'GET', bucket: PLAIN, key: 'put/link', query: { symlink: '' } },
    { method: 'GET', bucket: PLAIN, key: 'unfinished', query: { uploadId } },
    { method: 'GET', bucket: PLAIN, key: 'channel', query: { live: '' } },
    { method: 'GET', bucket: PLAIN, key: 'put/small', as: 'user' },
    { method: 'GET', bucket: PLAIN, key: 'appended/inline', as: 'user' },
    ...['uploads', 'lifecycle', 'cors', 'website', 'tagging', 'live'].map((name) => get(PLAIN, { [name]: '' })),
    get(PLAIN),
    get(PLAIN, { 'list-type': '2', delimiter: '/' }),
    get(PLAIN, { stat: '' }),
    ...[VERSIONED, SUSPENDED]
      .flatMap((bucket): GoldenRequest[] => [
        get(bucket),
        get(bucket, { versions: '' }),
        get(bucket, { versioning: '' }),
        get(bucket, { stat: '' }),
        { method: 'GET', bucket, key: 'several' },
        { method: 'GET', bucket, key: 'several', query: { versionId: 'null' }, headers: { 'x-kind': 'absent' } },
      ])
      .filter(({ headers, bucket }) => headers === undefined || bucket === SUSPENDED),
    ...versionIds.map(
      (versionId): GoldenRequest => ({ method: 'GET', bucket: VERSIONED, key: 'several', query: { versionId } }),
    ),
    { method: 'GET', bucket: VERSIONED, key: 'before', query: { versionId: 'null' } },
    ...(kind === 'killed' ? [{ method: 'GET', bucket: PLAIN, key: 'late/absent' } as const] : []),
  ];
}
