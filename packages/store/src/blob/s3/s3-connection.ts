/**
 * Sends signed requests to a service of the S3 protocol: connections, time-outs, attempts. Every request that is sent
 * here may be sent twice: whatever repeats one knows what the first may have left. The bodies of requests are signed
 * with their SHA-256, which services compare with what they received. Leaves out what the requests mean
 * (`s3-bucket.ts`).
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { AwsV4Signer } from 'aws4fetch';
import type { Agent, Dispatcher, request as sendRequest } from 'undici';
import { EngineFailure } from '../../contract/engine-failure.js';
import { readError } from './s3-documents.js';
import { S3Failure } from './s3-failure.js';
import type { S3Place, S3Timing } from './s3-place.js';

/** Bytes that a request brings along. */
export interface S3Body {
  readonly chunks: readonly Uint8Array[];
  /** In bytes. */
  readonly length: number;
  /** In hex digits. */
  readonly sha256: string;
}

/** One request. */
export interface S3Request {
  /** For messages, such as `write`. */
  readonly action: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** With the prefix; `undefined`: the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: S3Body;
  /** How long the answer may take to begin, once the request is sent. */
  readonly answerTimeoutMs?: number;
  /** Ends the request and all attempts. */
  readonly signal?: AbortSignal;
  /** Whether a request that is sent is waited for nevertheless: its answer names what it has made. */
  readonly isAnswerNeeded?: boolean;
}

/** An answer whose body is still to be read. */
export interface S3Response {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: Dispatcher.ResponseData['body'];
  /** How far the clock of the service is ahead of ours, in milliseconds; 0 when it does not say. */
  readonly clockOffsetMs: number;
}

/** An answer that is here whole. */
export interface S3Answer extends S3Response {
  readonly text: string;
}

const ATTEMPT_COUNT_MAX = 5;
const FIRST_PAUSE_MS = 100;
const PAUSE_MS_MAX = 3_000;
/** A service that asks for more is not waited for. */
const RETRY_AFTER_MS_MAX = 10_000;
const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 30_000;
const SILENCE_TIMEOUT_MS = 30_000;
/** Requests to the service at once; more wait for a connection. */
const CONNECTION_COUNT_MAX = 128;
/** Documents of answers: a page of a listing has some 400 KiB. */
const ANSWER_LENGTH_BYTES_MAX = 8 * 1024 * 1024;
const EMPTY_SHA256 = createHash('sha256').digest('hex');

interface Library {
  readonly Signer: typeof AwsV4Signer;
  readonly send: typeof sendRequest;
  readonly agent: Agent;
}

/** Time and chance as they are. */
const realTiming: S3Timing = {
  nowMs: Date.now,
  wait: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }),
  random: Math.random,
};

/**
 * Loads the libraries, since most servers need none: behind the runtime's own `fetch`, which would otherwise go through
 * this one.
 */
export async function connectToS3(place: S3Place, timing: S3Timing = realTiming): Promise<S3Connection> {
  new Headers();
  const { Agent: LibraryAgent, request } = await import('undici');
  const { AwsV4Signer: Signer } = await import('aws4fetch');
  const { certificateAuthority } = place;
  const agent = new LibraryAgent({
    connections: CONNECTION_COUNT_MAX,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: SILENCE_TIMEOUT_MS,
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(certificateAuthority !== undefined && { ca: certificateAuthority }) },
  });
  return new S3Connection(place, timing, { Signer, send: request, agent });
}

/** Requests to one bucket. */
export class S3Connection {
  readonly place: S3Place;
  readonly timing: S3Timing;
  readonly #library: Library;
  readonly #baseUrl: string;
  /** Keys that requests of one day are signed with. */
  readonly #signingKeys = new Map<string, ArrayBuffer>();
  #signingKeyDay = '';
  /** How far the service is ahead of our clock, once it refused a request for that. */
  #signatureOffsetMs = 0;
  #isClosed = false;

  constructor(place: S3Place, timing: S3Timing, library: Library) {
    this.place = place;
    this.timing = timing;
    this.#library = library;
    const { protocol, host } = new URL(place.endpoint);
    this.#baseUrl =
      place.addressing === 'path' ? `${protocol}//${host}/${place.bucket}` : `${protocol}//${place.bucket}.${host}`;
  }

  /** For people: where the bucket is, without keys. */
  get name(): string {
    return `s3://${this.place.bucket}/${this.place.prefix}`;
  }

  /**
   * Sends a request and reads its answer whole, again and again where that may help.
   * @param accepted Statuses that are no failure.
   * @throws {S3Failure} @throws {EngineFailure} `unavailable`: closed.
   */
  async exchange(request: S3Request, accepted: readonly number[]): Promise<S3Answer> {
    return this.#repeat(request, async () => {
      const response = await this.#sendOnce(request);
      const text = await this.#readText(request, response);
      if (!accepted.includes(response.status)) throw this.#refusal(request, response, text);
      // A service that needed long for its answer has sent its status before it knew the outcome.
      const { code } = response.status === 200 && text.includes('<Error') ? readError(text) : {};
      if (code !== undefined) throw this.#refusal(request, { ...response, status: 500 }, text);
      return { ...response, text };
    });
  }

  /**
   * Sends a request and returns its answer as soon as it begins; again and again where that may help.
   * @throws {S3Failure} @throws {EngineFailure} `unavailable`: closed.
   */
  async open(request: S3Request, accepted: readonly number[]): Promise<S3Response> {
    return this.#repeat(request, async () => {
      const response = await this.#sendOnce(request);
      if (accepted.includes(response.status)) return response;
      throw this.#refusal(request, response, await this.#readText(request, response));
    });
  }

  /** Waits before the next attempt. @param attempt The number of the one that failed, from 1. */
  async pause(attempt: number, failure: S3Failure, signal: AbortSignal | undefined): Promise<void> {
    const { wait, random } = this.timing;
    const longestMs = Math.min(PAUSE_MS_MAX, FIRST_PAUSE_MS * 2 ** attempt);
    await wait(Math.max(failure.retryAfterMs ?? 0, longestMs * (0.5 + random() / 2)), signal);
  }

  /** @returns Whether the attempt of this number, counted from 1, may be followed by another. */
  mayRepeat(attempt: number, failure: S3Failure): boolean {
    return failure.isTemporary && attempt < ATTEMPT_COUNT_MAX && (failure.retryAfterMs ?? 0) <= RETRY_AFTER_MS_MAX;
  }

  /** @returns What to throw for an answer that broke off. */
  brokenOff(request: Pick<S3Request, 'action' | 'key'>, cause: unknown): S3Failure {
    return new S3Failure(`Cannot ${this.#describe(request)}: ${describeCause(cause)}`, { cause });
  }

  /** Ends all requests and connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#library.agent.destroy();
  }

  /** @throws {EngineFailure} `unavailable`: closed. */
  assertOpen(): void {
    if (this.#isClosed) throw new EngineFailure({ kind: 'unavailable', because: 'closed' });
  }

  async #repeat<Result>(request: S3Request, attemptOnce: () => Promise<Result>): Promise<Result> {
    let mayCorrect = true;
    for (let attempt = 1; ; attempt += 1) {
      this.assertOpen();
      try {
        return await attemptOnce();
      } catch (error) {
        this.assertOpen();
        if (!(error instanceof S3Failure)) throw error;
        request.signal?.throwIfAborted();
        if (mayCorrect && (await this.#correct(error))) {
          mayCorrect = false;
          continue;
        }
        if (!this.mayRepeat(attempt, error)) throw error;
        await this.pause(attempt, error, request.signal);
      }
    }
  }

  /** @returns Whether something is otherwise now, so that the same request may succeed. */
  async #correct(failure: S3Failure): Promise<boolean> {
    const { credentials } = this.place;
    if (failure.code === 'RequestTimeTooSkewed' && failure.serverTimeMs !== undefined) {
      this.#signatureOffsetMs = failure.serverTimeMs - this.timing.nowMs();
      return true;
    }
    if (!failure.refusesKeys) return false;
    const before = await credentials(false);
    const after = await credentials(true);
    return before.accessKeyId !== after.accessKeyId || before.secretAccessKey !== after.secretAccessKey;
  }

  async #sendOnce(request: S3Request): Promise<S3Response> {
    const { method, body, signal, isAnswerNeeded = false, answerTimeoutMs = ANSWER_TIMEOUT_MS } = request;
    const { url, headers } = await this.#sign(request);
    if (isAnswerNeeded) signal?.throwIfAborted();
    const { send, agent } = this.#library;
    let data: Dispatcher.ResponseData;
    try {
      data = await send(url, {
        dispatcher: agent,
        method,
        headers,
        headersTimeout: answerTimeoutMs,
        ...(body !== undefined && { body: Readable.from(body.chunks) }),
        ...(signal !== undefined && !isAnswerNeeded && { signal }),
      });
    } catch (error) {
      throw this.brokenOff(request, error);
    }
    // An answer that nobody reads to its end must not end the process when its connection breaks.
    data.body.on('error', () => undefined);
    const header = (name: string): string | undefined => {
      const value = data.headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    const serverTimeMs = Date.parse(header('date') ?? '');
    const clockOffsetMs = Number.isNaN(serverTimeMs) ? 0 : serverTimeMs - this.timing.nowMs();
    return { status: data.statusCode, header, body: data.body, clockOffsetMs };
  }

  async #sign({ method, key, query = {}, headers = {}, body }: S3Request): Promise<{
    readonly url: URL;
    readonly headers: Record<string, string>;
  }> {
    const url = new URL(key === undefined ? this.#baseUrl : `${this.#baseUrl}/${key}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const { region, credentials } = this.place;
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials(false);
    const atMs = this.timing.nowMs() + this.#signatureOffsetMs;
    const datetime = new Date(atMs).toISOString().replace(/[:-]|\.\d{3}/g, '');
    const day = datetime.slice(0, 8);
    if (day !== this.#signingKeyDay) {
      this.#signingKeys.clear();
      this.#signingKeyDay = day;
    }
    const signed = await new this.#library.Signer({
      method,
      url: url.href,
      headers: { ...headers, 'x-amz-content-sha256': body?.sha256 ?? EMPTY_SHA256 },
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
      service: 's3',
      region,
      datetime,
      cache: this.#signingKeys,
    }).sign();
    const length = body !== undefined || method === 'PUT' || method === 'POST' ? String(body?.length ?? 0) : undefined;
    return {
      url: signed.url,
      headers: { ...Object.fromEntries(signed.headers), ...(length !== undefined && { 'content-length': length }) },
    };
  }

  async #readText(request: S3Request, { body }: S3Response): Promise<string> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        length += chunk.length;
        if (length > ANSWER_LENGTH_BYTES_MAX)
          throw new Error(`the answer has more than ${ANSWER_LENGTH_BYTES_MAX} bytes`);
        chunks.push(chunk);
      }
    } catch (error) {
      throw this.brokenOff(request, error);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  #refusal(request: S3Request, response: S3Response, text: string): S3Failure {
    const { status, header } = response;
    const { code, message = 'no message' } = readError(text);
    const retryAfterSeconds = Number(header('retry-after'));
    const serverTimeMs = Date.parse(header('date') ?? '');
    return new S3Failure(
      `Cannot ${this.#describe(request)}: status ${status}, ${code ?? 'no code'}: ${message.slice(0, 500)}`,
      {
        status,
        ...(code !== undefined && { code }),
        ...(retryAfterSeconds > 0 && { retryAfterMs: retryAfterSeconds * 1000 }),
        ...(!Number.isNaN(serverTimeMs) && { serverTimeMs }),
      },
    );
  }

  #describe({ action, key }: Pick<S3Request, 'action' | 'key'>): string {
    return `${action} s3://${this.place.bucket}/${key ?? this.place.prefix} at ${this.place.endpoint}`;
  }
}

function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses of one host fail together, with an empty message.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return error.message === '' && first instanceof Error ? first.message : error.message;
}
