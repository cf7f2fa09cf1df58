/**
 * A bucket that speaks the S3 protocol as target of backups. Each upload carries its MD5, which the service compares.
 * Addresses are of the path style, which every S3 server understands.
 */
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { parseListObjectsV2Result } from '@annals/protocol';
import type { AwsClient } from 'aws4fetch';
import { describeError } from '../command-failure.js';
import { type BackupTarget, BackupTargetFailed, type TargetFile } from './backup-target.js';

/** Where the bucket is, and who asks. */
export interface S3TargetOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
}

const ATTEMPT_COUNT_MAX = 5;
const FIRST_PAUSE_MS = 200;
const ANSWER_TIMEOUT_MS = 120_000;

/** Opens the bucket; the library is loaded only now, since other commands need none. */
export async function openS3Target(options: S3TargetOptions): Promise<BackupTarget> {
  const { AwsClient: Signer } = await import('aws4fetch');
  const { accessKeyId, secretAccessKey, sessionToken, region } = options;
  // Attempts are made here, where a body is known to be one that can be sent again.
  const signer = new Signer({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    region,
    service: 's3',
    retries: 0,
  });
  return new S3Target(options, signer);
}

class S3Target implements BackupTarget {
  readonly place: string;
  readonly #prefix: string;
  readonly #url: string;
  readonly #signer: AwsClient;

  constructor({ endpoint, bucket, prefix }: S3TargetOptions, signer: AwsClient) {
    this.place = `s3://${bucket}/${prefix}`;
    this.#prefix = prefix;
    this.#url = `${endpoint.replace(/\/+$/, '')}/${bucket}`;
    this.#signer = signer;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const md5 = createHash('md5').update(bytes).digest('base64');
    const action = `write "${name}"`;
    const response = await this.#send(action, this.#urlOf(name), {
      method: 'PUT',
      body: bytes as Uint8Array<ArrayBuffer>,
      headers: { 'content-md5': md5, 'content-type': 'application/octet-stream' },
    });
    await this.#require(action, response, [200]);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const action = `read "${name}"`;
    const response = await this.#send(action, this.#urlOf(name), { method: 'GET' });
    if (response.status === 404 && response.text.includes('NoSuchKey')) return undefined;
    await this.#require(action, response, [200]);
    return response.bytes;
  }

  async *list(prefix: string): AsyncGenerator<TargetFile> {
    const action = `list "${prefix}"`;
    let token: string | undefined;
    do {
      const query = new URLSearchParams({ 'list-type': '2', prefix: this.#prefix + prefix, 'encoding-type': 'url' });
      if (token !== undefined) query.set('continuation-token', token);
      const response = await this.#send(action, `${this.#url}?${query}`, { method: 'GET' });
      await this.#require(action, response, [200]);
      const page = parseListObjectsV2Result(response.text);
      for (const { key, lengthBytes } of page.objects)
        yield { name: key.slice(this.#prefix.length), length: lengthBytes };
      token = page.isTruncated ? page.nextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async delete(name: string): Promise<void> {
    const action = `delete "${name}"`;
    await this.#require(action, await this.#send(action, this.#urlOf(name), { method: 'DELETE' }), [200, 204, 404]);
  }

  /** A request that is broken off leaves no object. */
  async deleteUnfinished(): Promise<void> {}

  #urlOf(name: string): string {
    return `${this.#url}/${(this.#prefix + name).split('/').map(encodeURIComponent).join('/')}`;
  }

  /** Several times, when the service is busy or cannot be reached: everything asked here may be asked twice. */
  async #send(action: string, url: string, request: RequestInit): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await this.#signer.fetch(url, { ...request, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
        const bytes = new Uint8Array(await response.arrayBuffer());
        if (response.status < 500 || attempt === ATTEMPT_COUNT_MAX) return new Answer(response.status, bytes);
      } catch (error) {
        if (attempt === ATTEMPT_COUNT_MAX) {
          const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
          throw new BackupTargetFailed(`Cannot ${action} in ${this.place}: ${describeError(reason)}`, error);
        }
      }
      await wait(FIRST_PAUSE_MS * 2 ** attempt);
    }
  }

  async #require(action: string, { status, text }: Answer, right: readonly number[]): Promise<void> {
    if (right.includes(status)) return;
    const [, code = 'no code'] = /<Code>([^<]*)<\/Code>/.exec(text) ?? [];
    const [, message = 'no message'] = /<Message>([^<]*)<\/Message>/.exec(text) ?? [];
    throw new BackupTargetFailed(`Cannot ${action} in ${this.place}: status ${status}, ${code}: ${message}`);
  }
}

class Answer {
  readonly status: number;
  readonly bytes: Uint8Array;

  constructor(status: number, bytes: Uint8Array) {
    this.status = status;
    this.bytes = bytes;
  }

  get text(): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength).toString('utf8');
  }
}
