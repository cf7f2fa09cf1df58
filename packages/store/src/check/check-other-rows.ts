/**
 * Checks the rows that stand by themselves: of the service, of accounts, garbage notes; and names families this program
 * does not know.
 */

import { decodeGarbageNote } from '../object-store/records/garbage-note.js';
import { checkGatewayRow } from '../object-store/records/gateway-rows.js';
import {
  formatKey,
  garbageRange,
  rangeOfPrefix,
  serviceConfigurationNameOf,
  successorOf,
} from '../object-store/records/key-space.js';
import { familyOf } from '../object-store/records/row-family.js';
import type { CheckedRow } from './caller-checks.js';
import type { CheckContext } from './check-context.js';
import { reportMalformed, reportUnreadable } from './report-row.js';
import { walkRows } from './walk-rows.js';

/** @returns When all of them were looked at. */
export async function checkOtherRows(context: CheckContext): Promise<void> {
  context.enter('other rows');
  await checkCallersRows(context);
  for await (const row of walkRows(context.keyValues, garbageRange(Number.MAX_SAFE_INTEGER, undefined))) {
    context.countRow();
    if (row.entry === undefined) reportUnreadable(context, row.unreadable, row.failure);
    else {
      const { key, value } = row.entry;
      check(context, key, () => decodeGarbageNote(value));
    }
  }
  await reportUnknownFamilies(context);
}

async function checkCallersRows(context: CheckContext): Promise<void> {
  const { callerChecks } = context;
  const decoders: Readonly<Record<string, (row: CheckedRow) => void>> = {
    A: (row) => callerChecks.accountRow(row),
    S: (row) => callerChecks.serviceRow(serviceConfigurationNameOf(row.key), row),
    W: checkGatewayRow,
  };
  for (const [family, decode] of Object.entries(decoders)) {
    for await (const row of walkRows(context.keyValues, rangeOfPrefix(Buffer.from(family)))) {
      context.countRow();
      const { entry } = row;
      if (entry === undefined) reportUnreadable(context, row.unreadable, row.failure);
      else check(context, entry.key, () => decode(entry));
    }
  }
}

function check(context: CheckContext, key: Uint8Array, decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    reportMalformed(context, key, error);
  }
}

async function reportUnknownFamilies(context: CheckContext): Promise<void> {
  let start: Uint8Array = Buffer.of(0);
  const end = Buffer.of(0xff);
  for (;;) {
    const [row] = await context.keyValues.list({ start, end, limit: 1 }).catch(() => []);
    if (row === undefined) return;
    const family = Buffer.from(row.key.subarray(0, 1));
    const letter = family.toString('latin1');
    start = rangeOfPrefix(family).end;
    const isFormat = letter === 'F' && Buffer.compare(row.key, formatKey) === 0;
    const isStray = letter === 'F' && (!isFormat || (await hasMore(context, row.key, start)));
    if (familyOf(row.key) !== undefined && !isStray) continue;
    context.report({
      kind: 'row-unknown',
      severity: 'note',
      message: `There are rows that begin with ${JSON.stringify(letter)}, which this program does not know`,
      rowKey: Buffer.from(row.key).toString('hex'),
    });
  }
}

async function hasMore({ keyValues }: CheckContext, key: Uint8Array, end: Uint8Array): Promise<boolean> {
  return (await keyValues.list({ start: successorOf(key), end, limit: 1 }).catch(() => [])).length > 0;
}
