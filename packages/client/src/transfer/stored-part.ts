/** A part that a server has, as far as the whole needs to know it. */
import { combineCrc64 } from '@annals/checksum';

/** A part that is stored. */
export interface StoredPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lengthBytes: number;
  readonly crc64: bigint;
}

/** The CRC-64 of parts joined in their order. */
export function wholeCrc64(parts: readonly Pick<StoredPart, 'crc64' | 'lengthBytes'>[]): bigint {
  return parts.reduce((whole, { crc64, lengthBytes }) => combineCrc64(whole, crc64, lengthBytes), 0n);
}
