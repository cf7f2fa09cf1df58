/**
 * Repairs what needs no guessing, and undoes repairs. Each repair is one commit that checks that its rows are still as
 * they were found. It reports before the commit what it will change, so that the caller can have a record on the disk
 * first.
 */
import type { KeyValueStore } from '../contract/key-value-store.js';
import type { Repair, RowChange } from './finding.js';

/**
 * @returns Whether it was done: not when the rows are no longer as they were found. @throws {EngineFailure}
 * `unavailable`.
 */
export async function applyRepair(keyValues: KeyValueStore, { changes }: Pick<Repair, 'changes'>): Promise<boolean> {
  const checks = [];
  for (const { key, before } of changes) {
    const entry = await keyValues.get(key);
    if (!isSame(entry?.value, before)) return false;
    checks.push({ key, version: entry?.version });
  }
  const { committed } = await keyValues.commit({
    checks,
    puts: changes.flatMap(({ key, after }) => (after === undefined ? [] : [{ key, value: after }])),
    deletes: changes.filter(({ after }) => after === undefined).map(({ key }) => key),
  });
  return committed;
}

/** The repair that takes another one back. */
export function reverseOf({ name, changes }: Repair): Repair {
  const reversed = changes.map(({ key, before, after }): RowChange => ({ key, before: after, after: before }));
  return { name: `take back: ${name}`, changes: reversed };
}

function isSame(value: Uint8Array | undefined, expected: Uint8Array | undefined): boolean {
  if (value === undefined || expected === undefined) return value === expected;
  return Buffer.compare(value, expected) === 0;
}
