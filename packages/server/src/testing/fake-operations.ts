/**
 * Rows that do to sockets and streams what the real ones do, one thing each, and tell the test when: the HTTP layer is
 * tested with them, so that its tests do not depend on what the real operations mean.
 */
import { OssError } from '@annals/protocol';
import { EngineFailure, StoreFailure } from '@annals/store';
import { defineOperation, type OperationRows } from '../operation-row/operation-row.js';
import type { OperationRequest } from '../request/operation-request.js';
import type { OperationResponse } from '../response.js';

/** What happened, in order, such as `begin GET /b/k` and `end ...`. */
export type Journal = string[];

/** A test holds a request under way until it says so. */
export class Gate {
  readonly opened: Promise<void>;
  open: () => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

/** How the fake rows behave. */
export interface FakeOperations {
  readonly rows: Partial<OperationRows>;
  readonly journal: Journal;
  /** GET of key `held` and POST with key `held` wait for it. */
  readonly gate: Gate;
  /** Times `release` was called. */
  releaseCount: number;
  /** Times a request's signal was aborted. */
  abortCount: number;
}

/** Bytes GET of key `endless` sends: more than all buffers on the way hold together. */
export const ENDLESS_LENGTH_BYTES = 64 * 1024 * 1024;

/** Makes the rows: AppendObject reads its body and says how long it was, GetObject answers according to the key. */
export function makeFakeOperations(): FakeOperations {
  const journal: Journal = [];
  const gate = new Gate();
  const fake: FakeOperations = { rows: {}, journal, gate, releaseCount: 0, abortCount: 0 };
  const release = (): void => {
    fake.releaseCount += 1;
  };

  const appendObject = defineOperation<'AppendObject', undefined, string>({
    name: 'AppendObject',
    effect: 'works',
    anonymous: 'if granted',
    isUpload: true,
    permissions: () => [{ action: 'oss:PutObject', access: 'write' }],
    parse(request) {
      journal.push(`parse ${request.key}`);
      if (request.key === 'refused') throw new OssError('PositionNotEqualToLength');
      return undefined;
    },
    async handle(_input, _context, request) {
      const body = await readText(request);
      if (request.key === 'held') await gate.opened;
      journal.push(`applied ${request.key}`);
      return body;
    },
    render(body, _input, request) {
      if (request.key === 'unspeakable') throw new Error('the answer has no words');
      return { status: 200, headers: { 'x-oss-next-append-position': String(body.length), 'x-body': body }, release };
    },
  });

  const getObject = defineOperation<'GetObject', string, OperationResponse>({
    name: 'GetObject',
    effect: 'works',
    anonymous: 'if granted',
    permissions: () => [{ action: 'oss:GetObject', access: 'read' }],
    parse: (request) => request.key ?? '',
    async handle(key, _context, request) {
      journal.push(`begin ${key}`);
      if (key === 'held') await gate.opened;
      if (key === 'broken') throw new TypeError('a mistake of ours, with a secret inside');
      if (key === 'full') throw new EngineFailure({ kind: 'unavailable', because: 'disk-full' });
      if (key === 'poisoned') throw new EngineFailure({ kind: 'unavailable', because: 'poisoned' });
      if (key === 'missing') throw new StoreFailure({ kind: 'no-such-key', key });
      request.signal.addEventListener('abort', () => {
        fake.abortCount += 1;
      });
      return { status: 200, headers: { ETag: '"0F"', 'x-oss-meta-name': 'Straße' }, ...bodyOf(key), release };
    },
    render: (response) => response,
  });

  return Object.assign(fake, { rows: { AppendObject: appendObject, GetObject: getObject } });
}

function bodyOf(key: string): Pick<OperationResponse, 'body'> {
  switch (key) {
    case 'endless':
      return { body: { length: ENDLESS_LENGTH_BYTES, stream: zeros(ENDLESS_LENGTH_BYTES) } };
    case 'short':
      return { body: { length: 100_000, stream: zeros(99_999) } };
    case 'long':
      return { body: { length: 10, stream: zeros(100_000) } };
    case 'live':
      return { body: { length: undefined, stream: livePieces(), isLive: true } };
    case 'torn':
      return { body: { length: 100_000, stream: torn() } };
    default:
      return { body: Buffer.from(`content of ${key}`) };
  }
}

async function* zeros(lengthBytes: number): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(64 * 1024);
  for (let rest = lengthBytes; rest > 0; rest -= chunk.length) yield chunk.subarray(0, Math.min(rest, chunk.length));
}

/** Lengths of the pieces that GET of key `live` sends: each is full of its number. */
export const LIVE_LENGTHS: readonly number[] = [1, 20_000, 5, 16_384, 16_385, 7, 70_000, 100, 100, 40_000, 3];

async function* livePieces(): AsyncGenerator<Uint8Array> {
  for (const [index, length] of LIVE_LENGTHS.entries()) yield Buffer.alloc(length, index);
}

async function* torn(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(50_000);
  throw new EngineFailure({ kind: 'corrupt', detail: 'a bad extent' });
}

async function readText(request: OperationRequest): Promise<string> {
  const bytes = await request.body.readAll(16 * 1024 * 1024, () => new OssError('EntityTooLarge'));
  return bytes.length > 100 ? `${bytes.length} bytes` : Buffer.from(bytes).toString('latin1');
}
