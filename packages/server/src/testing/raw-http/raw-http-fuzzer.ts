/**
 * Sends streams of raw HTTP to servers over sockets and compares what they execute and answer with what the strict
 * reader sees. Each lane has a server and a connection of its own, so that everything a server does belongs to one
 * stream. Connections are kept as long as both readers agree that they are.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { RawConnection } from '../../../../../test/harness/raw-connection.js';
import { drawsFrom, makeStream } from './raw-http-inputs.js';
import { type ReaderBounds, readStream, type SeenRequest, type SeenStream } from './strict-reader.js';

/** A server under test. */
export interface FuzzTarget {
  readonly port: number;
  /** What it has executed; emptied by the fuzzer. */
  readonly executed: SeenRequest[];
  readonly bounds: ReaderBounds;
}

/** What has been tried. */
export interface FuzzReport {
  /** Streams by how they end, in the eyes of the strict reader. */
  readonly endCounts: ReadonlyMap<string, number>;
  readonly executedCount: number;
}

/** A stream that a server does not treat as it must. */
export class RawHttpViolation extends Error {
  constructor(
    readonly what: string,
    readonly stream: string,
    detail: unknown,
  ) {
    super(`${what}: ${JSON.stringify(stream)}\n${JSON.stringify(detail)}`);
    this.name = 'RawHttpViolation';
  }
}

/** A server that says nothing for so long hangs. */
const HANG_MS = 60_000;
const STATUS_LINE = /^HTTP\/1\.1 ([1-5][0-9]{2}) [\x20-\x7e]*$/;
const HEADER_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+: ?[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Tries streams `from` to `from + count` of a seed, spread over the targets.
 * @throws {RawHttpViolation} The first one found.
 */
export async function fuzzRawHttp(
  targets: readonly FuzzTarget[],
  { seed, from = 0, count }: { readonly seed: number; readonly from?: number; readonly count: number },
): Promise<FuzzReport> {
  const endCounts = new Map<string, number>();
  let next = from;
  let executedCount = 0;
  let isOver = false;
  const lane = async (target: FuzzTarget): Promise<void> => {
    const fuzzLane = new FuzzLane(target);
    try {
      while (next < from + count && !isOver) {
        const number = next;
        next += 1;
        const draw = drawsFrom(Math.imul(seed, 31) + number);
        const seen = await fuzzLane.tryStream(makeStream(seed, number), draw(4) === 0 ? 1 + draw(200) : 0);
        const name = seen.isCertain ? seen.end : 'uncertain';
        endCounts.set(name, (endCounts.get(name) ?? 0) + 1);
      }
    } finally {
      isOver = true;
      executedCount += fuzzLane.executedCount;
      fuzzLane.close();
    }
  };
  await Promise.all(targets.map(lane));
  return { endCounts, executedCount };
}

/** One server, one connection at a time. */
export class FuzzLane {
  executedCount = 0;
  readonly #target: FuzzTarget;
  #client: RawConnection | undefined;
  /** What the stream before may still do when its connection is gone. */
  #late: readonly SeenRequest[] = [];

  constructor(target: FuzzTarget) {
    this.#target = target;
  }

  /**
   * Sends one stream.
   * @param cutAt Where it is sent in two writes; 0: nowhere.
   * @throws {RawHttpViolation}
   */
  async tryStream(stream: string, cutAt = 0): Promise<SeenStream> {
    const seen = readStream(stream, this.#target.bounds);
    const client = this.#client ?? (await RawConnection.open(this.#target.port, { isHalfOpen: false }));
    this.#client = client;
    client.forget();
    if (cutAt > 0 && cutAt < stream.length) {
      void client.send(stream.slice(0, cutAt));
      await nextTurn();
    }
    void client.send(stream.slice(cutAt < stream.length ? cutAt : 0));
    const answers = await this.#awaitOutcome(client, seen, stream);
    this.#checkExecuted(seen, stream);
    if (seen.isCertain) checkAnswers(answers, seen, stream, client.isClosed);
    if (client.isClosed) this.#client = undefined;
    return seen;
  }

  close(): void {
    this.#client?.destroy();
  }

  async #awaitOutcome(client: RawConnection, seen: SeenStream, stream: string): Promise<readonly RawAnswerHead[]> {
    const methods = [...seen.requests.map(({ method }) => method), seen.brokenMethod];
    const hang = (): RawHttpViolation =>
      new RawHttpViolation('the server hangs', stream, { seen, got: client.pending });
    if (seen.isCertain && (seen.end === 'open' || seen.end === 'incomplete')) {
      await untilOrHang(client, () => readAnswers(client.pending, methods).length >= seen.requests.length, hang);
    }
    if (seen.end !== 'open' || !seen.isCertain) {
      if (!seen.isCertain || seen.end === 'incomplete') client.endSending();
      await untilOrHang(client, () => false, hang);
      // What is under way without its connection comes to its end.
      if (!seen.isCertain) for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    }
    return seen.isCertain ? readAnswers(client.pending, methods, stream) : [];
  }

  /** Everything executed must be a request that the strict reader sees, in its order, byte for byte. */
  #checkExecuted(seen: SeenStream, stream: string): void {
    const executed = this.#target.executed.splice(0);
    this.executedCount += executed.length;
    const allowed = [...this.#late, ...seen.requests];
    let at = 0;
    for (const request of executed) {
      while (at < allowed.length && !isSame(allowed[at] as SeenRequest, request)) at += 1;
      if (at === allowed.length)
        throw new RawHttpViolation('a request is executed that is none', stream, { executed, seen });
      at += 1;
    }
    this.#late = seen.isCertain ? [] : seen.requests;
  }
}

function isSame(left: SeenRequest, right: SeenRequest): boolean {
  return left.method === right.method && left.id === right.id && left.body === right.body;
}

function checkAnswers(answers: readonly RawAnswerHead[], seen: SeenStream, stream: string, isClosed: boolean): void {
  const fail = (what: string): never => {
    throw new RawHttpViolation(what, stream, { answers: answers.map(({ status }) => status), seen, isClosed });
  };
  const isRefused = seen.end === 'refused' || seen.end === 'broken';
  const expected = seen.requests.length + (isRefused ? 1 : 0);
  if (answers.length !== expected && !(seen.end === 'incomplete' && answers.length === expected + 1)) {
    fail(`${answers.length} answers instead of ${expected}`);
  }
  if (isClosed !== (seen.end !== 'open')) fail(isClosed ? 'the connection is closed' : 'the connection stays open');
  if (seen.end === 'refused' && answers.at(-1)?.status !== 400) fail('what is no request is not 400');
  const status = answers.at(-1)?.status ?? 0;
  // A server that reads no body may answer an error before the body turns out malformed.
  if (isRefused && status < 400) fail('a malformed request is not refused');
}

interface RawAnswerHead {
  readonly status: number;
}

/**
 * Reads the answers that are whole; interim ones do not count.
 * @param stream When given, everything received must be answers.
 */
function readAnswers(text: string, methods: readonly string[], stream?: string): readonly RawAnswerHead[] {
  const answers: RawAnswerHead[] = [];
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end < 0) break;
    const [statusLine = '', ...lines] = text.slice(at, end).split('\r\n');
    const status = Number(STATUS_LINE.exec(statusLine)?.[1] ?? 0);
    if (status === 0 || !lines.every((line) => HEADER_LINE.test(line))) break;
    const lengthText = lines.find((line) => /^content-length:/i.test(line))?.slice(15);
    const isBodyless = status < 200 || status === 204 || status === 304 || methods[answers.length] === 'HEAD';
    const next = end + 4 + (isBodyless ? 0 : Number(lengthText ?? Number.NaN));
    if (!(next <= text.length)) break;
    at = next;
    if (status >= 200) answers.push({ status });
  }
  if (stream !== undefined && at < text.length) {
    throw new RawHttpViolation('an answer is malformed', stream, { rest: text.slice(at) });
  }
  return answers;
}

/**
 * Waits until it is so, or the connection is closed.
 * @throws {Error} What `hang` gives: neither came.
 */
async function untilOrHang(connection: RawConnection, isSo: () => boolean, hang: () => Error): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const hanging = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(hang()), HANG_MS);
  });
  await Promise.race([connection.until(isSo), hanging]).finally(() => clearTimeout(timer));
}
