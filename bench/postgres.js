/**
 * Micro benchmark of the key-value engine `postgres`: durable commits by 1, 16 and 64 callers at once. A commit has one
 * check and puts one row of 1 KiB; in the second half it also adds to a counter that all callers share.
 *
 *     npm run build && node bench/postgres.js --url postgres://postgres@127.0.0.1/postgres [--seconds 3]
 */
import { parseArgs } from 'node:util';
import { openPostgresKeyValueStore } from '../packages/store/dist/key-value/postgres/open.js';

const { values: options } = parseArgs({
  options: { url: { type: 'string', default: 'postgres://' }, seconds: { type: 'string', default: '3' } },
});
const durationMs = Number(options.seconds) * 1000;
const value = Buffer.alloc(1024, 7);
/** @type {Record<string, string | number>[]} */
const rows = [];

for (const isCounting of [false, true]) {
  for (const callerCount of [1, 16, 64]) {
    const schema = `bench_${process.pid}_${callerCount}_${isCounting}`;
    const store = await openPostgresKeyValueStore({ url: options.url, schema });
    const sums = isCounting ? [{ key: Buffer.from('counter'), delta: 1024n }] : [];
    /** @type {number[]} */
    const latenciesMs = [];
    const cpuBefore = process.cpuUsage();
    const startMs = performance.now();
    const endMs = startMs + durationMs;
    await Promise.all(
      Array.from({ length: callerCount }, async (_, caller) => {
        for (let index = 0; performance.now() < endMs; index += 1) {
          const key = Buffer.from(`row ${caller} ${index}`);
          const beganMs = performance.now();
          await store.commit({ checks: [{ key, version: undefined }], puts: [{ key, value }], sums });
          latenciesMs.push(performance.now() - beganMs);
        }
      }),
    );
    const elapsedMs = performance.now() - startMs;
    const cpu = process.cpuUsage(cpuBefore);
    const { commitCount, batchCount } = store.statistics();
    await store.close();
    latenciesMs.sort((one, other) => one - other);
    const count = latenciesMs.length;
    const at = (/** @type {number} */ share) => Number((latenciesMs[Math.floor(count * share)] ?? 0).toFixed(2));
    rows.push({
      what: isCounting ? 'row and shared counter' : 'row',
      callers: callerCount,
      'commits/s': Math.round((count / elapsedMs) * 1000),
      'p50 ms': at(0.5),
      'p99 ms': at(0.99),
      'commits/transaction': Number((commitCount / batchCount).toFixed(1)),
      'gateway CPU µs/commit': Math.round((cpu.user + cpu.system) / count),
    });
  }
}
console.table(rows);
