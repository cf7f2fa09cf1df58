/** What the server itself says it did: successful answers by operation, from its metrics. */
import { OPERATION_NAMES, type OperationName } from '@annals/protocol';
import { OPERATION_ROWS } from '@annals/server';
import type { TestServer } from '../harness/test-server.js';

/** Every operation that does not answer 501. */
export const DONE_OPERATIONS: readonly OperationName[] = OPERATION_NAMES.filter(
  (name) => OPERATION_ROWS[name].effect !== 'not built',
);

/** Counts the answers below 400 to each operation. */
export async function countAnswers(server: TestServer): Promise<ReadonlyMap<string, number>> {
  const metrics = await server.send({ method: 'GET', bucket: '-', key: 'metrics', signature: 'anonymous' });
  const counts = new Map<string, number>();
  const line = /^annals_requests_total\{operation="(\w+)",status="[123]\d\d"\} (\d+)$/gm;
  for (const [, name = '', count] of metrics.body.toString().matchAll(line)) {
    counts.set(name, (counts.get(name) ?? 0) + Number(count));
  }
  return counts;
}

/** Tells which operations were answered between two counts. Reading the counts is a `probe`. */
export function answeredBetween(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...after]
    .filter(([name, count]) => name !== 'probe' && count > (before.get(name) ?? 0))
    .map(([name]) => name);
}
