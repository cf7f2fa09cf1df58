/** How rows are read one by one in a check, and what is said of those that cannot be. */
import { EngineFailure } from '../contract/engine-failure.js';
import { showKey } from '../object-store/records/row-decoder.js';
import type { CheckContext } from './check-context.js';
import { describeDamage, requireDamage } from './check-extent.js';

/**
 * @returns The value; `undefined` when there is none; `unreadable` when it is damaged, which is reported where its
 * family is walked.
 */
export async function readRow(
  { keyValues }: Pick<CheckContext, 'keyValues'>,
  key: Uint8Array,
): Promise<Uint8Array | undefined | 'unreadable'> {
  try {
    return (await keyValues.get(key))?.value;
  } catch (error) {
    requireDamage(error);
    return 'unreadable';
  }
}

/** Reports a row that the engine cannot read. */
export function reportUnreadable(context: CheckContext, rowKey: Uint8Array, failure: EngineFailure | undefined): void {
  context.report({
    kind: 'row-unreadable',
    severity: 'damage',
    message: `The row ${showKey(rowKey)} cannot be read${failure === undefined ? '' : `: ${describeDamage(failure)}`}`,
    rowKey: Buffer.from(rowKey).toString('hex'),
  });
}

/** Reports a row that can be read and does not say what such a row says. */
export function reportMalformed(context: CheckContext, rowKey: Uint8Array, error: unknown): void {
  const detail =
    error instanceof EngineFailure ? describeDamage(error) : error instanceof Error ? error.message : String(error);
  context.report({
    kind: 'row-malformed',
    severity: 'damage',
    message: `The row ${showKey(rowKey)} does not say what it should: ${detail}`,
    rowKey: Buffer.from(rowKey).toString('hex'),
  });
}
