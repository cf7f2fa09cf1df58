/** Lists the objects of a backup, current versions only, without restoring anything. */
import { checks, decodeJsonRow } from '@annals/store';
import type { BackupRow } from './backup-format.js';

const OBJECT_FAMILY = 'O'.charCodeAt(0);

const lengthCheck = checks.fields<{ readonly length: number }>({ length: checks.count });

/** @returns A line for each: length in bytes, a tab, `oss://BUCKET/KEY`. */
export async function* listRestorable(
  rows: AsyncIterable<BackupRow>,
  bucket: string | undefined,
  prefix: string,
): AsyncGenerator<string> {
  for await (const { key, value } of rows) {
    if (key[0] !== OBJECT_FAMILY) continue;
    const [rowBucket = '', objectKey = ''] = splitOnce(Buffer.from(key).toString('utf8', 1));
    if (bucket !== undefined && (rowBucket !== bucket || !objectKey.startsWith(prefix))) continue;
    const { length } = decodeJsonRow(value, lengthCheck, () => key);
    yield `${length}\toss://${rowBucket}/${objectKey}`;
  }
}

function splitOnce(text: string): readonly [string, string] {
  const at = text.indexOf('\0');
  return [text.slice(0, at), text.slice(at + 1)];
}
