/**
 * Makes the golden folder of append ids: objects whose appends have ids and epochs, partly checkpointed and partly in
 * the journal of a program that was killed. What a repeat must be answered with is what the append was. Run by
 * `make-golden-folders.js`.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Account } from '../access-control/account.js';
import { startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { packFolder } from './folder-archive.js';

/** Where the folder and its manifest are, without the ends of their names. */
export const APPEND_IDS_FOLDER = fileURLToPath(new URL('append-ids/folder', import.meta.url));
/** Open to all, so that the test needs no keys. */
const BUCKET = 'golden-ids';
const VERSIONED = 'golden-ids-versions';

/** An append as it was sent, and what it was answered with. */
export interface GoldenAppend {
  readonly bucket: string;
  readonly key: string;
  readonly position: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of the answer: what a repeat must say again. */
  readonly answer: Readonly<Record<string, string>>;
}

/** What must be so in the folder. */
export interface AppendIdsManifest {
  readonly format: number;
  /** Commit of the program that made it. */
  readonly madeBy: string;
  /** Milliseconds since 1970; ids are forgotten a day later. */
  readonly madeAtMs: number;
  readonly appends: readonly GoldenAppend[];
  /** Bytes of each object, by `BUCKET/KEY`. */
  readonly objects: Readonly<Record<string, string>>;
}

/** Headers that a repeat answers as the append did. */
export const REPEATED_HEADERS = ['etag', 'x-oss-hash-crc64ecma', 'x-oss-next-append-position', 'x-oss-version-id'];

/** Makes folder and manifest. @param annalsPath The program of that format. */
export async function makeAppendIdsFolder(format: number, annalsPath: string): Promise<void> {
  const { stdout: commit } = await promisify(execFile)('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: dirname(annalsPath),
  });
  const temporary = await temporaryFolder();
  try {
    const data = join(temporary.path, 'data');
    const appends: GoldenAppend[] = [];
    for (const [life, end] of (['stop', 'kill'] as const).entries()) {
      const server = await startServerProcess({ data, annalsPath, buckets: [BUCKET, VERSIONED] });
      const filler = new Filler(new Account(server), appends);
      if (life === 0) await filler.openBuckets();
      await filler.fill(life);
      filler.close();
      await (end === 'kill' ? server.kill() : server.stop());
    }
    const length = await packFolder(data, `${APPEND_IDS_FOLDER}.br`);
    const madeBy = commit.trim();
    const manifest = { format, madeBy, madeAtMs: Date.now(), appends, objects: objectsOf(appends) };
    await writeFile(
      `${APPEND_IDS_FOLDER}.json`,
      `${JSON.stringify(manifest satisfies AppendIdsManifest, undefined, 2)}\n`,
    );
    console.log(`${APPEND_IDS_FOLDER}: ${length} bytes, ${appends.length} appends`);
  } finally {
    await temporary.remove();
  }
}

function objectsOf(appends: readonly GoldenAppend[]): Record<string, string> {
  const objects: Record<string, string> = {};
  for (const { bucket, key, body } of appends)
    objects[`${bucket}/${key}`] = `${objects[`${bucket}/${key}`] ?? ''}${body}`;
  return objects;
}

class Filler {
  readonly #account: Account;
  readonly #appends: GoldenAppend[];

  constructor(account: Account, appends: GoldenAppend[]) {
    this.#account = account;
    this.#appends = appends;
  }

  close(): void {
    this.#account.close();
  }

  async #send(request: Parameters<Account['send']>[0]) {
    const answer = await this.#account.send(request, this.#account.root);
    if (answer.status >= 300)
      throw new Error(`${request.method} ${request.key}: ${answer.status} ${answer.body.toString()}`);
    return answer;
  }

  async openBuckets(): Promise<void> {
    for (const bucket of [BUCKET, VERSIONED]) {
      await this.#send({ method: 'PUT', bucket, query: { acl: '' }, headers: { 'x-oss-acl': 'public-read-write' } });
    }
    const body = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    await this.#send({ method: 'PUT', bucket: VERSIONED, query: { versioning: '' }, body });
  }

  /** @param life 0 for the program that is stopped, 1 for the one that is killed. */
  async fill(life: number): Promise<void> {
    for (let index = 0; index < 5; index += 1) {
      const headers = {
        'x-oss-annals-append-id': `log-${life}-${index}`,
        'x-oss-annals-writer-epoch': String(life + 1),
      };
      await this.append(BUCKET, 'log', 'auto', headers, `line ${index} of life ${life}\n`);
    }
    await this.append(BUCKET, `empty-${life}`, '0', { 'x-oss-annals-append-id': 'empty' }, '');
    await this.append(BUCKET, `sealed-${life}`, '0', { 'x-oss-annals-append-id': 'id-of-a-sealed-object' }, 'sealed');
    const query = { seal: '', position: '6' };
    await this.#send({ method: 'POST', bucket: BUCKET, key: `sealed-${life}`, query });
    await this.append(
      VERSIONED,
      `log-${life}`,
      '0',
      { 'x-oss-annals-append-id': 'version', 'x-oss-annals-writer-epoch': '7' },
      'v',
    );
  }

  async append(
    bucket: string,
    key: string,
    position: string,
    headers: Record<string, string>,
    body: string,
  ): Promise<void> {
    const answer = await this.#send({ method: 'POST', bucket, key, query: { append: '', position }, headers, body });
    const kept = Object.entries(answer.headers).filter(([name]) => REPEATED_HEADERS.includes(name));
    this.#appends.push({ bucket, key, position, headers, body, answer: Object.fromEntries(kept) });
  }
}
