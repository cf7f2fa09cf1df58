/** The little that a backup looks at in rows itself; docs/format.md describes them. */
import { checks, decodeJsonRow, isFormatKey } from '@annals/store';
import type { BackupRow } from './backup-format.js';

const DATA_KEY_FAMILY = 'K'.charCodeAt(0);
/** Of access keys, among the rows of accounts. */
const ACCESS_KEY_PREFIX = Buffer.from('Ak', 'latin1');
/** Format and id of the key, before what is sealed. */
const SEALED_HEAD = /^01([0-9a-f]{16})/;

const { base64Text, fields, hexText, optional, text } = checks;

const formatCheck = fields<{ readonly version?: unknown }>({ version: optional(checks.anything) });

/** @returns The format of the store, when this is the row that says it. */
export function formatVersionOf({ key, value }: BackupRow): number | undefined {
  if (!isFormatKey(key)) return undefined;
  const { version } = decodeJsonRow(value, formatCheck, () => key);
  return typeof version === 'number' ? version : undefined;
}

/**
 * @returns The id of the master or KMS key without which this row says nothing: that of a data key of an encrypted
 * object, or of the secret of a user's access key.
 */
export function sealingKeyIdOf(row: BackupRow): string | undefined {
  return sealedIn(row)?.keyId;
}

/** As {@link sealingKeyIdOf}, of master keys only. */
export function masterKeyIdOf(row: BackupRow): string | undefined {
  const sealed = sealedIn(row);
  return sealed?.isWithMasterKey === true ? sealed.keyId : undefined;
}

/** What is read of a row of an access key, or of a data key. */
interface SealedRow {
  readonly sealedSecret?: string;
  readonly wrapped?: string;
  readonly encryption?: { readonly algorithm?: string };
}

const sealedCheck = fields<SealedRow>({
  sealedSecret: optional(base64Text),
  wrapped: optional(hexText),
  encryption: optional(fields<NonNullable<SealedRow['encryption']>>({ algorithm: optional(text) })),
});

function sealedIn({
  key,
  value,
}: BackupRow): { readonly keyId: string; readonly isWithMasterKey: boolean } | undefined {
  const isAccessKey = ACCESS_KEY_PREFIX.equals(key.subarray(0, ACCESS_KEY_PREFIX.length));
  if (key[0] !== DATA_KEY_FAMILY && !isAccessKey) return undefined;
  const { sealedSecret, wrapped, encryption } = decodeJsonRow(value, sealedCheck, () => key);
  const sealed = isAccessKey ? Buffer.from(sealedSecret ?? '', 'base64').toString('hex') : (wrapped ?? '');
  const [, keyId] = SEALED_HEAD.exec(sealed) ?? [];
  return keyId === undefined
    ? undefined
    : { keyId, isWithMasterKey: isAccessKey || encryption?.algorithm === 'AES256' };
}
