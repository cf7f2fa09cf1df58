/**
 * Micro benchmark of the row of an object, which every append and every read decodes and every write encodes: with its
 * checks, and beside it the JSON that it was until format 5. Prints CPU time for a row, the best and the median of some
 * rounds.
 *
 *     npm run build && node bench/rows.js [--rounds 15]
 */
import { parseArgs } from 'node:util';
import { encodeJsonObject } from '../packages/store/dist/object-store/records/json-version-row.js';
import { decodeObjectRecord, encodeObjectRecord } from '../packages/store/dist/object-store/records/object-record.js';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const ROW_COUNT = 200_000;
const ID = '0123456789abcdef0123456789abcdef';
const CONTEXT = { bucket: 'bucket', key: 'logs/today.log', versionIdDefault: undefined };

/** @typedef {import('../packages/store/dist/object-store/records/version-record.js').ObjectRecord} ObjectRecord */

/** @type {ObjectRecord} */
const appendable = {
  head: {
    bucket: 'bucket',
    key: 'logs/today.log',
    versionId: undefined,
    isLatest: true,
    type: 'appendable',
    length: 500,
    crc64: 1234567890123456789n,
    etag: '5D41402ABC4B2A76B9719D911017C592',
    ownerId: '1234567890123456',
    createdAtMs: 1_700_000_000_000,
    lastModifiedAtMs: 1_700_000_000_001,
    lastAppend: {
      position: 400,
      length: 100,
      crc64: 987654321987654321n,
      atMs: 1_700_000_000_001,
      callerId: '1234567890123456',
    },
    system: { contentType: 'text/plain' },
    user: {},
    acl: 'default',
    storageClass: 'Standard',
    tags: {},
  },
  contentId: ID,
  referenceId: ID,
  uncompacted: { from: 0, length: 500, extentCount: 5 },
};
const { lastAppend: _, ...headOfNormal } = appendable.head;
/** @type {ObjectRecord} */
const normal = {
  ...appendable,
  place: { keyId: ID, sequence: 8, nullSequence: 7 },
  head: {
    ...headOfNormal,
    type: 'normal',
    md5: Buffer.from(ID, 'hex'),
    user: { origin: 'camera-7', site: 'north' },
    tags: { team: 'x' },
    versionId: 'null',
  },
};

/** @param {() => unknown} call @returns Microseconds of CPU for a call, the best and the median of the rounds. */
function measure(call) {
  const rounds = Array.from({ length: Number(options.rounds) }, () => {
    const before = process.cpuUsage().user;
    for (let index = 0; index < ROW_COUNT; index += 1) call();
    return (process.cpuUsage().user - before) / ROW_COUNT;
  }).sort((one, other) => one - other);
  const [best = 0, median = 0] = [rounds[0], rounds[Math.floor(rounds.length / 2)]];
  return `best ${best.toFixed(2)} µs, median ${median.toFixed(2)} µs`;
}

for (const [name, record] of Object.entries({ appendable, normal })) {
  for (const [form, encode] of Object.entries({ binary: encodeObjectRecord, JSON: encodeJsonObject })) {
    const row = encode(record);
    console.log(`${name}, ${form}, ${row.length} B, encoded: ${measure(() => encode(record))}`);
    console.log(`${name}, ${form}, ${row.length} B, decoded: ${measure(() => decodeObjectRecord(CONTEXT, row))}`);
  }
}
