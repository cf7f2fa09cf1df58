import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CHAIN_START, readAuditLine, writeAuditLine } from './audit-record.js';

/** A line whose hash is right, whatever it says. */
function sealed(body: object): string {
  const text = JSON.stringify(body);
  const hash = createHash('sha256').update(text, 'utf8').digest('hex');
  return text === '{}' ? `{"x":0,"hash":"${hash}"}` : `${text.slice(0, -1)},"hash":"${hash}"}`;
}

test('readAuditLine reads what was written', () => {
  const event = {
    phase: 'outcome',
    action: 'oss:PutBucket',
    actor: { kind: 'root' },
    intent: 3,
    result: 'done',
  } as const;
  const { line } = writeAuditLine(event, CHAIN_START, 5);
  expect(readAuditLine(line.slice(0, -1))).toMatchObject({ record: { ...event, sequence: 1 }, isGenuine: true });
});

test('readAuditLine gives of any JSON a record with all its fields, or nothing', () => {
  const almost = fc.record(
    {
      sequence: fc.oneof(fc.nat(), fc.jsonValue()),
      at: fc.oneof(fc.string(), fc.jsonValue()),
      phase: fc.oneof(fc.constantFrom('intent', 'outcome', 'event'), fc.jsonValue()),
      action: fc.oneof(fc.string(), fc.jsonValue()),
      actor: fc.oneof(fc.record({ kind: fc.string() }), fc.jsonValue()),
      previous: fc.oneof(fc.string(), fc.jsonValue()),
      detail: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const lines = fc.oneof(
    almost.map(sealed),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.string(),
  );
  fc.assert(
    fc.property(lines, (line) => {
      const record = readAuditLine(line)?.record;
      if (record === undefined) return;
      expect(record).toMatchObject({
        sequence: expect.any(Number),
        at: expect.any(String),
        phase: expect.stringMatching(/^(?:intent|outcome|event)$/),
        action: expect.any(String),
        actor: expect.objectContaining({ kind: expect.any(String) }),
        previous: expect.any(String),
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
    }),
    { numRuns: 1000, seed: 3 },
  );
});
