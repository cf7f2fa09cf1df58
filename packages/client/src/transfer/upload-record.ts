/** What an upload keeps in a resume store: enough to find its parts at the server again, and to notice a change. */

/** An upload that was begun. */
export interface UploadRecord {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly partBytes: number;
  /** Of the source. */
  readonly length: number;
  /** Of the source. */
  readonly fingerprint: string;
  /** The headers that the upload was begun with, as text. */
  readonly attributes: string;
}

const KIND = 'annals-upload-1';

/** Writes a record; equal records are equal texts. */
export function formatUploadRecord(record: UploadRecord): string {
  const { bucket, key, uploadId, partBytes, length, fingerprint, attributes } = record;
  return JSON.stringify({ kind: KIND, bucket, key, uploadId, partBytes, length, fingerprint, attributes });
}

/** Reads a record. @returns `undefined` for a text that is none. */
export function parseUploadRecord(text: string | undefined): UploadRecord | undefined {
  const value = parseObject(text);
  if (value === undefined || value.kind !== KIND) return undefined;
  const { bucket, key, uploadId, partBytes, length, fingerprint, attributes } = value;
  const isRecord =
    typeof bucket === 'string' &&
    typeof key === 'string' &&
    typeof uploadId === 'string' &&
    typeof partBytes === 'number' &&
    typeof length === 'number' &&
    typeof fingerprint === 'string' &&
    typeof attributes === 'string';
  return isRecord ? { bucket, key, uploadId, partBytes, length, fingerprint, attributes } : undefined;
}

/** Reads a JSON object. @returns `undefined` for a text that is none. */
export function parseObject(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
