/** Uploads a content that can be read at any place in parts, and goes on with what an earlier process began. */
import { crc64 } from '@annals/checksum';
import type { PartSummary } from '@annals/protocol';
import { pickCallOptions } from '../client-options.js';
import type { Connection } from '../connection/connection.js';
import { OssServiceError } from '../error.js';
import { initiateMultipartUpload } from '../operations/multipart/initiate-multipart-upload.js';
import { listParts } from '../operations/multipart/list-parts.js';
import { uploadPart } from '../operations/multipart/upload-part.js';
import { headObject } from '../operations/object/head-object.js';
import { attributeHeaders } from '../operations/object/object-attributes.js';
import { completeUpload } from './complete-upload.js';
import { giveUp, notApplied } from './give-up.js';
import { inParallel } from './in-parallel.js';
import { partBytesFor, planParts } from './part-plan.js';
import type { ResumeStore } from './resume-store.js';
import { type StoredPart, wholeCrc64 } from './stored-part.js';
import type { UploadPlan, UploadResult } from './upload-plan.js';
import { formatUploadRecord, parseUploadRecord, type UploadRecord } from './upload-record.js';
import { readSource, refuseChanged, type UploadSource } from './upload-source.js';

/** An upload at the server, and the parts it had when it was found. */
interface BegunUpload {
  readonly record: UploadRecord;
  readonly known: ReadonlyMap<number, PartSummary>;
}

/** @throws As `upload`. */
export async function uploadSourceInParts(
  connection: Connection,
  plan: UploadPlan,
  source: UploadSource,
  resume: ResumeStore | undefined,
): Promise<UploadResult> {
  const begun = await resumeOrBegin(connection, plan, source, resume);
  if ('etag' in begun) return begun;
  let isOver = false;
  try {
    const { parts, resumedBytes } = await sendParts(connection, plan, source, begun);
    const whole = { length: source.length, crc64: wholeCrc64(parts) };
    const { bucket, key, forbidOverwrite } = plan;
    const { uploadId } = begun.record;
    const target = { ...pickCallOptions(plan), bucket, key, uploadId, forbidOverwrite };
    const completed = await completeUpload(connection, { ...target, parts, ...whole });
    isOver = true;
    return { ...completed, length: source.length, resumedBytes };
  } catch (error) {
    if (resume === undefined) await giveUp(connection, begun.record, error);
    throw error;
  } finally {
    if (isOver) await resume?.remove();
  }
}

async function resumeOrBegin(
  connection: Connection,
  plan: UploadPlan,
  source: UploadSource,
  resume: ResumeStore | undefined,
): Promise<BegunUpload | UploadResult> {
  const { bucket, key, forbidOverwrite } = plan;
  const wanted = {
    ...{ bucket, key, length: source.length, fingerprint: source.fingerprint },
    partBytes: partBytesFor(source.length, plan.partBytes),
    attributes: JSON.stringify(attributeHeaders(plan.attributes)),
  };
  const record = parseUploadRecord(await resume?.read());
  if (record !== undefined) {
    if (formatUploadRecord(record) === formatUploadRecord({ ...wanted, uploadId: record.uploadId })) {
      const known = await findParts(connection, plan, record);
      if (known !== undefined) return { record, known };
      const finished = await findFinished(connection, plan, source);
      if (finished !== undefined) {
        await resume?.remove();
        return finished;
      }
    } else {
      await giveUp(connection, record);
    }
  }
  const target = { ...pickCallOptions(plan), bucket, key, forbidOverwrite };
  const { uploadId } = await initiateMultipartUpload(connection, { ...target, ...plan.attributes }).catch(notApplied);
  const begun = { ...wanted, uploadId };
  try {
    await resume?.write(formatUploadRecord(begun));
  } catch (error) {
    await giveUp(connection, begun);
    throw error;
  }
  return { record: begun, known: new Map() };
}

/** The parts of an upload; `undefined` when the server does not have it any more. */
async function findParts(
  connection: Connection,
  plan: UploadPlan,
  { bucket, key, uploadId }: UploadRecord,
): Promise<ReadonlyMap<number, PartSummary> | undefined> {
  const known = new Map<number, PartSummary>();
  try {
    for await (const { parts } of listParts(connection, { ...pickCallOptions(plan), bucket, key, uploadId })) {
      for (const part of parts) known.set(part.partNumber, part);
    }
    return known;
  } catch (error) {
    if (error instanceof OssServiceError && error.code === 'NoSuchUpload') return undefined;
    throw error;
  }
}

/** The object, if an earlier process completed its upload and ended before it could note that. */
async function findFinished(
  connection: Connection,
  plan: UploadPlan,
  source: UploadSource,
): Promise<UploadResult | undefined> {
  const { bucket, key, action, partBytes } = plan;
  const head = await headObject(connection, { ...pickCallOptions(plan), bucket, key }).catch(() => undefined);
  if (head?.etag === undefined || head.crc64 === undefined || head.length !== source.length) return undefined;
  const parts: StoredPart[] = [];
  for (const { partNumber, start, end } of planParts(source.length, partBytes)) {
    const bytes = await readSource(source, start, end, action);
    parts.push({ partNumber, etag: '', lengthBytes: bytes.length, crc64: crc64(bytes) });
  }
  if (wholeCrc64(parts) !== head.crc64) return undefined;
  const { etag, length, versionId } = head;
  return { etag, length, crc64: head.crc64, resumedBytes: length, ...(versionId !== undefined && { versionId }) };
}

async function sendParts(
  connection: Connection,
  plan: UploadPlan,
  source: UploadSource,
  { record, known }: BegunUpload,
): Promise<{ readonly parts: readonly StoredPart[]; readonly resumedBytes: number }> {
  const planned = planParts(source.length, record.partBytes);
  const stored = new Map<number, StoredPart>();
  let storedBytes = 0;
  let resumedBytes = 0;
  await inParallel(planned, plan.parallelCount, plan.signal, async ({ partNumber, start, end }, signal) => {
    const bytes = await readSource(source, start, end, plan.action);
    const before = known.get(partNumber);
    if (before?.crc64 !== undefined && before.lengthBytes === bytes.length && before.crc64 === crc64(bytes)) {
      resumedBytes += bytes.length;
      stored.set(partNumber, { partNumber, etag: before.etag, lengthBytes: bytes.length, crc64: before.crc64 });
    } else {
      const { bucket, key, uploadId } = record;
      const part = { ...pickCallOptions(plan), signal, bucket, key, uploadId, partNumber, body: bytes };
      const sent = await uploadPart(connection, part);
      const { etag } = sent;
      stored.set(partNumber, { partNumber, etag, lengthBytes: bytes.length, crc64: sent.crc64 ?? crc64(bytes) });
    }
    storedBytes += bytes.length;
    plan.onProgress({ storedBytes, totalBytes: source.length });
  }).catch(notApplied);
  await refuseChanged(source, plan.action);
  return { parts: planned.flatMap(({ partNumber }) => stored.get(partNumber) ?? []), resumedBytes };
}
