/** Lists the objects of a backup, current versions only, without restoring anything. */
import { lengthInObjectRow } from '@annals/store';
import type { BackupRow } from './backup-format.js';

const OBJECT_FAMILY = 'O'.charCodeAt(0);

/** An object that a restoration would bring back. */
export interface Restorable {
  /** `oss://BUCKET/KEY`. */
  readonly url: string;
  /** Bytes. */
  readonly length: number;
}

/** @returns The objects, in the order of their names. */
export async function* listRestorable(
  rows: AsyncIterable<BackupRow>,
  bucket: string | undefined,
  prefix: string,
): AsyncGenerator<Restorable> {
  for await (const { key, value } of rows) {
    if (key[0] !== OBJECT_FAMILY) continue;
    const [rowBucket = '', objectKey = ''] = splitOnce(Buffer.from(key).toString('utf8', 1));
    if (bucket !== undefined && (rowBucket !== bucket || !objectKey.startsWith(prefix))) continue;
    yield { url: `oss://${rowBucket}/${objectKey}`, length: lengthInObjectRow(rowBucket, objectKey, value) };
  }
}

function splitOnce(text: string): readonly [string, string] {
  const at = text.indexOf('\0');
  return [text.slice(0, at), text.slice(at + 1)];
}
