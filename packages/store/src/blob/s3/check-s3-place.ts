/**
 * Tries everything that the engine needs of a bucket, on objects that are made for it and removed again, and judges
 * what it finds. Leaves out what a bucket does not tell: whether what it acknowledges survives.
 */
import { randomBytes } from 'node:crypto';
import type { PlaceFinding } from '../../contract/place-finding.js';
import { type Judgement, latency, measure, type PlaceStep, tryPlace } from '../try-place.js';
import { bodyOf, S3Bucket } from './s3-bucket.js';
import { connectToS3 } from './s3-connection.js';
import { S3Failure } from './s3-failure.js';
import { S3Identity } from './s3-identity.js';
import type { S3Place } from './s3-place.js';

const SHORT_LENGTH_BYTES = 64 * 1024;
/** Shortest part that is not the last. */
const PART_LENGTH_BYTES = 5 * 1024 * 1024;
const SKEW_MS_WARNED = 60_000;

const REMEDIES: Readonly<Record<string, string>> = {
  SignatureDoesNotMatch: 'The secret is not that of the key, or a proxy changes requests; compare the keys.',
  InvalidAccessKeyId: 'The service does not know this key; compare the keys, and the endpoint.',
  NoSuchBucket: 'There is no such bucket: make it, or correct the name or the endpoint.',
  AuthorizationHeaderMalformed: 'The bucket is in another region: set region.',
  PermanentRedirect: 'The bucket is in another region: set region and endpoint.',
  RequestTimeTooSkewed: 'Set the clock of this machine.',
};

/**
 * Runs the steps one by one, and ends after the first that failed. Removes what it made, also after a failure.
 * @throws Nothing for what the service does: a finding says so.
 */
export async function* checkS3Place(place: S3Place): AsyncGenerator<PlaceFinding, void, undefined> {
  const bucket = new S3Bucket(await connectToS3(place));
  const trial = new Trial(bucket);
  try {
    yield* tryPlace(trial.steps(), remedyOf);
  } finally {
    await trial.cleanUp();
    await bucket.connection.close();
  }
}

function remedyOf(error: Error, right: string): string {
  if (!(error instanceof S3Failure)) return 'The service does not do what the S3 protocol says.';
  const known = error.code === undefined ? undefined : REMEDIES[error.code];
  if (known !== undefined) return known;
  if (error.status === undefined)
    return 'Does the service run, does a firewall let this machine reach it, and is its certificate trusted (ca-file)?';
  if (error.status === 403) return `The keys need the right ${right}.`;
  if (error.isTemporary) return 'The service is busy or failing; try again, and look at its log.';
  return 'The service refuses it for the reason that it says.';
}

class Trial {
  readonly #bucket: S3Bucket;
  readonly #prefix: string;
  readonly #keys = new Set<string>();
  readonly #uploads = new Map<string, string>();
  readonly #content = randomBytes(SHORT_LENGTH_BYTES);

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
    this.#prefix = `${bucket.connection.place.prefix}annals-check-${randomBytes(6).toString('hex')}/`;
  }

  steps(): readonly PlaceStep[] {
    return [
      ['list', 's3:ListBucket', () => this.#list()],
      ['clock', 's3:ListBucket', () => this.#compareClocks()],
      ['identity', 's3:GetObject', () => this.#readIdentity()],
      ['put', 's3:PutObject', () => this.#put()],
      ['get', 's3:GetObject', () => this.#get()],
      ['checksum', 's3:PutObject', () => this.#putDamaged()],
      ['condition', 's3:PutObject', () => this.#putAgain()],
      ['consistency', 's3:ListBucket', () => this.#findInListing()],
      ['multipart', 's3:PutObject', () => this.#upload()],
      ['unfinished uploads', 's3:ListBucketMultipartUploads', () => this.#listUploads()],
      ['versions', 's3:GetBucketVersioning', () => this.#readVersioning()],
      ['delete', 's3:DeleteObject', () => this.#delete()],
      ['durability', '', async () => unknownDurability],
    ];
  }

  async cleanUp(): Promise<void> {
    for (const [key, uploadId] of this.#uploads) await this.#bucket.abortUpload(key, uploadId).catch(() => undefined);
    for (const key of this.#keys) await this.#bucket.delete(key).catch(() => undefined);
  }

  async #list(): Promise<Judgement> {
    const ms = await measure(() => this.#bucket.listObjects(this.#prefix, undefined, 1));
    return latency('listed', ms);
  }

  async #compareClocks(): Promise<Judgement> {
    const { clockOffsetMs } = await this.#bucket.listObjects(this.#prefix, undefined, 1);
    const seconds = Math.round(Math.abs(clockOffsetMs) / 1000);
    const detail = `this machine is ${seconds} s ${clockOffsetMs > 0 ? 'behind' : 'ahead of'} the service`;
    const figures = { clockOffsetMs };
    if (Math.abs(clockOffsetMs) < SKEW_MS_WARNED) return { detail, figures };
    const remedy = 'Set the clocks (NTP). The server corrects ages and signatures meanwhile.';
    return { state: 'warning', detail, remedy, figures };
  }

  async #readIdentity(): Promise<Judgement> {
    const storeId = await new S3Identity(this.#bucket).readStoreId();
    if (storeId !== undefined) return { detail: `the prefix belongs to the store ${storeId}` };
    return { detail: 'the prefix belongs to no store yet' };
  }

  async #put(): Promise<Judgement> {
    const body = bodyOf(this.#content);
    return latency(
      `wrote ${SHORT_LENGTH_BYTES / 1024} KiB`,
      await measure((index) => this.#bucket.put(this.#key(`short-${index}`), body)),
    );
  }

  async #get(): Promise<Judgement> {
    const [start, end] = [1000, SHORT_LENGTH_BYTES - 1000];
    const ms = await measure(async (index) => {
      const response = await this.#bucket.read(this.#key(`short-${index}`), start, end);
      if (response?.status !== 206) throw new Error('what was just written is not there');
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
      if (!Buffer.concat(chunks).equals(this.#content.subarray(start, end))) throw new Error('other bytes came back');
    });
    return latency('read a range', ms);
  }

  async #putDamaged(): Promise<Judgement> {
    const body = { ...bodyOf(this.#content), sha256: bodyOf(randomBytes(16)).sha256 };
    try {
      await this.#bucket.put(this.#key('damaged'), body);
    } catch (error) {
      if (error instanceof S3Failure && error.status === 400) {
        return { detail: `bytes that were damaged on the way are refused (${error.code ?? error.status})` };
      }
      throw error;
    }
    return {
      state: 'warning',
      detail: 'bytes that were damaged on the way are stored',
      remedy: 'Readers notice damage, but only later: use TLS up to the service, which checks what it carries.',
    };
  }

  async #putAgain(): Promise<Judgement> {
    if (!(await this.#bucket.put(this.#key('short-0'), bodyOf(this.#content), { isNew: true }))) {
      return { detail: 'an object that is there is not replaced (If-None-Match)' };
    }
    return {
      state: 'warning',
      detail: 'the service replaces an object that is there, in spite of If-None-Match',
      remedy: 'Do not start two new stores over one prefix at the same moment.',
    };
  }

  async #findInListing(): Promise<Judgement> {
    const { objects } = await this.#bucket.listObjects(this.#prefix, undefined);
    const wanted = this.#key('short-0');
    if (objects.some(({ key, length }) => key === wanted && length === SHORT_LENGTH_BYTES)) {
      return { detail: 'what was written is listed at once' };
    }
    return {
      state: 'failed',
      detail: 'what was just written is missing in the listing',
      remedy: 'The store needs a service with strong consistency; this one has none, or a cache stands before it.',
    };
  }

  async #upload(): Promise<Judgement> {
    const key = this.#key('long');
    const part = randomBytes(PART_LENGTH_BYTES);
    const uploadId = await this.#bucket.beginUpload(key);
    this.#uploads.set(key, uploadId);
    const startedAtMs = performance.now();
    const parts = [
      await this.#bucket.putPart(key, uploadId, 1, bodyOf(part)),
      await this.#bucket.putPart(key, uploadId, 2, bodyOf(this.#content)),
    ];
    await this.#bucket.completeUpload(key, uploadId, parts);
    const uploadMs = performance.now() - startedAtMs;
    const length = await this.#bucket.length(key);
    if (length !== PART_LENGTH_BYTES + SHORT_LENGTH_BYTES) throw new Error(`the object has ${length} bytes`);
    this.#uploads.delete(key);
    return { detail: `two parts became one object in ${uploadMs.toFixed(0)} ms`, figures: { uploadMs } };
  }

  async #listUploads(): Promise<Judgement> {
    const key = this.#key('unfinished');
    const uploadId = await this.#bucket.beginUpload(key);
    this.#uploads.set(key, uploadId);
    const { uploads } = await this.#bucket.listUploads(this.#prefix, undefined);
    const isListed = uploads.some((upload) => upload.uploadId === uploadId);
    await this.#bucket.abortUpload(key, uploadId);
    this.#uploads.delete(key);
    if (isListed) return { detail: 'they are listed, so that the sweep finds them' };
    return {
      state: 'warning',
      detail: 'they are not listed by prefix, so that the sweep does not find those of killed servers',
      remedy: 'Let a lifecycle rule of the bucket abort unfinished uploads after some days (MinIO does so by itself).',
    };
  }

  async #readVersioning(): Promise<Judgement> {
    const status = await this.#bucket.versioning().catch((error: unknown) => {
      if (error instanceof S3Failure && !error.isTemporary) return undefined;
      throw error;
    });
    if (status === undefined) return { detail: 'the service does not say whether the bucket keeps versions' };
    if (status !== 'Enabled') return { detail: 'the bucket keeps no earlier versions' };
    return {
      state: 'warning',
      detail: 'the bucket keeps versions, so that deleted bodies keep their space',
      remedy: 'Turn versioning off, or let a lifecycle rule remove earlier versions.',
    };
  }

  async #delete(): Promise<Judgement> {
    const ms = await measure((index) => this.#bucket.delete(this.#key(`short-${index}`)));
    if ((await this.#bucket.length(this.#key('short-0'))) !== undefined) {
      throw new Error('what was deleted is still there');
    }
    return latency('deleted', ms);
  }

  #key(name: string): string {
    const key = this.#prefix + name;
    this.#keys.add(key);
    return key;
  }
}

const unknownDurability: Judgement = {
  detail: 'a bucket does not say what its answers survive: see how the service stores copies, and when it syncs them',
};
