/** The rows of an upload and of its parts: JSON in UTF-8 like those of versions, CRC-64 in decimal, MD5 in hex. */
import type { PartRecord, UploadRecord, UploadSequence } from '../multipart-types.js';
import type { ObjectAttributes } from '../types.js';
import { attributeChecks, encryptionCheck } from './attribute-checks.js';
import { base64Text, type Check, count, crc64Text, fields, idText, optional, text, time } from './checks.js';
import { decodeJsonRow } from './row-decoder.js';
import { partNumberOf, uploadKey } from './upload-keys.js';

type StoredUpload = Omit<UploadRecord, 'bucket' | 'key' | 'uploadId' | 'sequence'> & {
  /** MD5 states in Base64. */
  readonly sequence?: {
    readonly partNumber: number;
    readonly md5?: { readonly before: string; readonly behind: string };
  };
};
type StoredPart = Omit<PartRecord, 'partNumber' | 'crc64' | 'md5'> & { readonly crc64: string; readonly md5: string };

type StoredSequence = NonNullable<StoredUpload['sequence']>;

const uploadCheck: Check<StoredUpload> = fields<StoredUpload>({
  ownerId: text,
  initiatedAtMs: time,
  attributes: fields<ObjectAttributes>(attributeChecks),
  joiningId: optional(idText),
  sequence: optional(
    fields<StoredSequence>({
      partNumber: count,
      md5: optional(fields<NonNullable<StoredSequence['md5']>>({ before: base64Text, behind: base64Text })),
    }),
  ),
});

const partCheck: Check<StoredPart> = fields<StoredPart>({
  etag: text,
  length: count,
  crc64: crc64Text,
  md5: idText,
  lastModifiedAtMs: time,
  contentId: idText,
  sliceDepth: optional(count),
  encryption: optional(encryptionCheck),
});

/** @returns The value of the row; what its key says is left out. */
export function encodeUploadRecord(upload: UploadRecord): Uint8Array {
  const { ownerId, initiatedAtMs, attributes, joiningId, sequence } = upload;
  const stored: StoredUpload = {
    ownerId,
    initiatedAtMs,
    attributes,
    ...(joiningId !== undefined && { joiningId }),
    ...(sequence !== undefined && { sequence: encodeSequence(sequence) }),
  };
  return Buffer.from(JSON.stringify(stored), 'utf8');
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeUploadRecord(
  target: Pick<UploadRecord, 'bucket' | 'key' | 'uploadId'>,
  value: Uint8Array,
): UploadRecord {
  const { ownerId, initiatedAtMs, attributes, joiningId, sequence } = decodeJsonRow(value, uploadCheck, () =>
    uploadKey(target.bucket, target.key, target.uploadId),
  );
  const { bucket, key, uploadId } = target;
  return {
    bucket,
    key,
    uploadId,
    ownerId,
    initiatedAtMs,
    attributes,
    ...(joiningId !== undefined && { joiningId }),
    ...(sequence !== undefined && { sequence: decodeSequence(sequence) }),
  };
}

function encodeSequence({ partNumber, md5 }: UploadSequence): NonNullable<StoredUpload['sequence']> {
  if (md5 === undefined) return { partNumber };
  const [before, behind] = [md5.before, md5.behind].map((state) => Buffer.from(state).toString('base64'));
  return { partNumber, md5: { before: before as string, behind: behind as string } };
}

function decodeSequence({ partNumber, md5 }: NonNullable<StoredUpload['sequence']>): UploadSequence {
  if (md5 === undefined) return { partNumber };
  return {
    partNumber,
    md5: { before: Buffer.from(md5.before, 'base64'), behind: Buffer.from(md5.behind, 'base64') },
  };
}

/** @returns The value of the row; the number stands in its key. */
export function encodePartRecord({ partNumber: _, crc64, md5, ...part }: PartRecord): Uint8Array {
  const stored: StoredPart = { ...part, crc64: crc64.toString(), md5: Buffer.from(md5).toString('hex') };
  return Buffer.from(JSON.stringify(stored), 'utf8');
}

/**
 * @param rowKey Says the number of the part.
 * @throws {EngineFailure} `corrupt` when the row is not what was once written.
 */
export function decodePartRecord(rowKey: Uint8Array, value: Uint8Array): PartRecord {
  const partNumber = partNumberOf(rowKey);
  const { crc64, md5, ...part } = decodeJsonRow(value, partCheck, () => rowKey);
  return { ...part, partNumber, crc64: BigInt(crc64), md5: Buffer.from(md5, 'hex') };
}
