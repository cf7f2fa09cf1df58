/** What a download keeps on disk: which object it is, and which parts of it are here. */
import { parseCrc64 } from '@annals/checksum';
import { parseObject } from '../transfer/upload-record.js';

/** A download that was begun. */
export interface DownloadRecord {
  readonly bucket: string;
  readonly key: string;
  /** Of the object when the download began: its version, etag and the like, as one text. */
  readonly identity: string;
  readonly partBytes: number;
  /** CRC-64 of each part that is in the file, by its number. */
  readonly parts: ReadonlyMap<number, bigint>;
}

const KIND = 'annals-download-1';

/** Writes a record. */
export function formatDownloadRecord({ bucket, key, identity, partBytes, parts }: DownloadRecord): string {
  const checksums = [...parts].map(([partNumber, crc64]) => [partNumber, crc64.toString()]);
  return JSON.stringify({ kind: KIND, bucket, key, identity, partBytes, parts: checksums });
}

/** Reads a record. @returns `undefined` for a text that is none. */
export function parseDownloadRecord(text: string | undefined): DownloadRecord | undefined {
  const value = parseObject(text);
  if (value === undefined || value.kind !== KIND) return undefined;
  const { bucket, key, identity, partBytes } = value;
  const parts = readParts(value.parts);
  if (typeof bucket !== 'string' || typeof key !== 'string' || typeof identity !== 'string') return undefined;
  if (typeof partBytes !== 'number' || parts === undefined) return undefined;
  return { bucket, key, identity, partBytes, parts };
}

function readParts(value: unknown): ReadonlyMap<number, bigint> | undefined {
  if (!Array.isArray(value)) return undefined;
  const parts = new Map<number, bigint>();
  for (const row of value as readonly unknown[]) {
    const [partNumber, text]: readonly unknown[] = Array.isArray(row) ? row : [];
    const crc64 = typeof text === 'string' ? parseCrc64(text) : undefined;
    if (typeof partNumber !== 'number' || crc64 === undefined) return undefined;
    parts.set(partNumber, crc64);
  }
  return parts;
}
