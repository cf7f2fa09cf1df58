/** The rows of an upload and of its parts: JSON in UTF-8 like those of versions, CRC-64 in decimal, MD5 in hex. */
import { EngineFailure } from '../../contract/engine-failure.js';
import type { PartRecord, UploadRecord, UploadSequence } from '../multipart-types.js';

type StoredUpload = Omit<UploadRecord, 'bucket' | 'key' | 'uploadId' | 'sequence'> & {
  /** MD5 states in Base64. */
  readonly sequence?: {
    readonly partNumber: number;
    readonly md5?: { readonly before: string; readonly behind: string };
  };
};
type StoredPart = Omit<PartRecord, 'partNumber' | 'crc64' | 'md5'> & { readonly crc64: string; readonly md5: string };

/** @returns The value of the row; what its key says is left out. */
export function encodeUploadRecord(upload: UploadRecord): Uint8Array {
  const { ownerId, initiatedAtMs, attributes, joiningId, sequence } = upload;
  const stored: StoredUpload = {
    ownerId,
    initiatedAtMs,
    attributes,
    ...(joiningId === undefined ? {} : { joiningId }),
    ...(sequence === undefined ? {} : { sequence: encodeSequence(sequence) }),
  };
  return Buffer.from(JSON.stringify(stored), 'utf8');
}

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodeUploadRecord(
  target: Pick<UploadRecord, 'bucket' | 'key' | 'uploadId'>,
  value: Uint8Array,
): UploadRecord {
  const { ownerId, initiatedAtMs, attributes, joiningId, sequence } = parse<StoredUpload>(value, 'upload');
  const { bucket, key, uploadId } = target;
  return {
    bucket,
    key,
    uploadId,
    ownerId,
    initiatedAtMs,
    attributes,
    ...(joiningId === undefined ? {} : { joiningId }),
    ...(sequence === undefined ? {} : { sequence: decodeSequence(sequence) }),
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

/** @throws {EngineFailure} `corrupt` when the row is not what was once written. */
export function decodePartRecord(partNumber: number, value: Uint8Array): PartRecord {
  const { crc64, md5, ...part } = parse<StoredPart>(value, 'part');
  return { ...part, partNumber, crc64: BigInt(crc64), md5: Buffer.from(md5, 'hex') };
}

function parse<Stored>(value: Uint8Array, what: string): Stored {
  try {
    return JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8')) as Stored;
  } catch (cause) {
    throw new EngineFailure({ kind: 'corrupt', detail: `${what} row is not JSON` }, cause);
  }
}
