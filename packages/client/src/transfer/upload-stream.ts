/** Uploads a stream of unknown length: in one piece when it ends soon, otherwise in parts that grow with it. */
import { crc64 } from '@annals/checksum';
import { LIMITS } from '@annals/protocol';
import { pickCallOptions } from '../client-options.js';
import type { Connection } from '../connection/connection.js';
import { AnnalsError } from '../error.js';
import { initiateMultipartUpload } from '../operations/multipart/initiate-multipart-upload.js';
import { uploadPart } from '../operations/multipart/upload-part.js';
import { putObject } from '../operations/object/put-object.js';
import { joinBytes } from '../read-all.js';
import { completeUpload } from './complete-upload.js';
import { giveUp, notApplied } from './give-up.js';
import { inParallel } from './in-parallel.js';
import { type StoredPart, wholeCrc64 } from './stored-part.js';
import type { UploadPlan, UploadResult } from './upload-plan.js';

/** After so many parts the next ones are twice as long, so that 10,000 are enough for a stream of any length. */
const PARTS_OF_ONE_LENGTH = 1000;

interface Piece {
  readonly partNumber: number;
  readonly bytes: Uint8Array;
}

/** @throws As `upload`. */
export async function uploadStream(
  connection: Connection,
  plan: UploadPlan,
  stream: AsyncIterable<Uint8Array>,
): Promise<UploadResult> {
  const pieces = cutStream(stream, plan);
  try {
    const first = await pieces.next();
    const second = first.done === true ? first : await pieces.next();
    const begin = [first, second].flatMap((next) => (next.done === true ? [] : [next.value]));
    if (second.done !== true) return await uploadPieces(connection, plan, begin, pieces);
    const body = begin[0]?.bytes ?? new Uint8Array(0);
    const { bucket, key, forbidOverwrite } = plan;
    const target = { ...pickCallOptions(plan), bucket, key, forbidOverwrite };
    const stored = await putObject(connection, { ...target, ...plan.attributes, body });
    plan.onProgress({ storedBytes: body.length, totalBytes: undefined });
    return { ...stored, length: body.length, resumedBytes: 0 };
  } finally {
    await pieces.return();
  }
}

async function uploadPieces(
  connection: Connection,
  plan: UploadPlan,
  begin: readonly Piece[],
  rest: AsyncGenerator<Piece, void, void>,
): Promise<UploadResult> {
  const { bucket, key, forbidOverwrite, attributes } = plan;
  const target = { ...pickCallOptions(plan), bucket, key };
  const begun = await initiateMultipartUpload(connection, { ...target, ...attributes, forbidOverwrite }).catch(
    notApplied,
  );
  const { uploadId } = begun;
  const stored: StoredPart[] = [];
  let length = 0;
  try {
    await inParallel(joined(begin, rest), plan.parallelCount, plan.signal, async ({ partNumber, bytes }, signal) => {
      const sent = await uploadPart(connection, { ...target, signal, uploadId, partNumber, body: bytes });
      const { etag } = sent;
      stored.push({ partNumber, etag, lengthBytes: bytes.length, crc64: sent.crc64 ?? crc64(bytes) });
      length += bytes.length;
      plan.onProgress({ storedBytes: length, totalBytes: undefined });
    }).catch(notApplied);
    const parts = stored.toSorted((one, other) => one.partNumber - other.partNumber);
    const whole = { parts, length, crc64: wholeCrc64(parts) };
    const completed = await completeUpload(connection, { ...target, uploadId, forbidOverwrite, ...whole });
    return { ...completed, length, resumedBytes: 0 };
  } catch (error) {
    await giveUp(connection, { bucket, key, uploadId }, error);
    throw error;
  }
}

async function* joined(
  begin: readonly Piece[],
  rest: AsyncGenerator<Piece, void, void>,
): AsyncGenerator<Piece, void, void> {
  yield* begin;
  yield* rest;
}

/** Cuts a stream into full parts, of which the last may be shorter; an empty stream has none. */
async function* cutStream(
  stream: AsyncIterable<Uint8Array>,
  { action, partBytes }: UploadPlan,
): AsyncGenerator<Piece, void, void> {
  let partNumber = 1;
  let wantedBytes = partBytes;
  let chunks: Uint8Array[] = [];
  let length = 0;
  const take = (): Piece => {
    const piece = { partNumber, bytes: joinBytes(chunks) };
    if (partNumber > LIMITS.partNumberMax) throw tooLong(action);
    partNumber += 1;
    if ((partNumber - 1) % PARTS_OF_ONE_LENGTH === 0) wantedBytes *= 2;
    chunks = [];
    length = 0;
    return piece;
  };
  for await (const chunk of failing(stream, action)) {
    let rest = chunk;
    while (length + rest.length >= wantedBytes) {
      const taken = wantedBytes - length;
      chunks.push(rest.subarray(0, taken));
      rest = rest.subarray(taken);
      yield take();
    }
    // The source may use its buffer again.
    if (rest.length > 0) chunks.push(rest.slice());
    length += rest.length;
  }
  if (length > 0) yield take();
}

/** A stream whose failures say that it was the stream. */
async function* failing(stream: AsyncIterable<Uint8Array>, action: string): AsyncGenerator<Uint8Array, void, void> {
  const iterator = stream[Symbol.asyncIterator]();
  let isExhausted = false;
  try {
    for (;;) {
      const next = await iterator.next().catch((cause: unknown) => {
        isExhausted = true;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new AnnalsError('SourceFailed', `Cannot ${action}: ${reason}`, { outcome: 'not-applied', cause });
      });
      isExhausted = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    if (!isExhausted) await iterator.return?.();
  }
}

function tooLong(action: string): AnnalsError {
  return new AnnalsError('InvalidInput', `Cannot ${action}: the stream is too long, choose longer parts`, {
    outcome: 'not-applied',
  });
}
