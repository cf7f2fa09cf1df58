/** The little that a backup looks at in rows itself; docs/format.md describes them. */
import { isFormatKey } from '@annals/store';
import type { BackupRow } from './backup-format.js';

const DATA_KEY_FAMILY = 'K'.charCodeAt(0);
const WRAPPED_KEY_ID = /^01([0-9a-f]{16})/;

/** @returns The format of the store, when this is the row that says it. */
export function formatVersionOf({ key, value }: BackupRow): number | undefined {
  if (!isFormatKey(key)) return undefined;
  const { version } = JSON.parse(Buffer.from(value).toString('utf8')) as { readonly version?: unknown };
  return typeof version === 'number' ? version : undefined;
}

/** @returns The id of the key that a data key is wrapped with, when this is the row of one. */
export function wrappingKeyIdOf({ key, value }: BackupRow): string | undefined {
  if (key[0] !== DATA_KEY_FAMILY) return undefined;
  const { wrapped } = JSON.parse(Buffer.from(value).toString('utf8')) as { readonly wrapped?: unknown };
  const [, id] = WRAPPED_KEY_ID.exec(typeof wrapped === 'string' ? wrapped : '') ?? [];
  return id;
}
