import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLog, type LoggedRequest, logRequest } from './request-log.js';

const TIME = /"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/;

/** One line by `logRequest` and one by the log itself, without their times. */
function bothWays(line: LoggedRequest): readonly string[] {
  const lines: string[] = [];
  const log = createLog('info', { write: (text) => lines.push(text) });
  logRequest(log, line, undefined);
  log.info(line, 'request');
  return lines.map((text) => {
    expect(text).toMatch(TIME);
    return text.replace(TIME, '');
  });
}

test('logRequest writes to the letter what the log writes', () => {
  const text = fc.string({ unit: 'binary', maxLength: 120 });
  const anyLine = fc.record({
    requestId: fc.constant('6556E3AED11E553933CCDEDF'),
    clientAddress: text,
    method: text,
    operation: fc.constantFrom(undefined, 'GetObject'),
    bucket: fc.option(text, { nil: undefined }),
    key: fc.option(text, { nil: undefined }),
    accessKeyId: fc.option(text, { nil: undefined }),
    status: fc.integer({ min: 200, max: 499 }),
    receivedLengthBytes: fc.maxSafeNat(),
    sentLengthBytes: fc.maxSafeNat(),
    elapsedMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
    errorCode: fc.option(text, { nil: undefined }),
    omittedCount: fc.option(fc.nat(), { nil: undefined }),
  });
  fc.assert(
    fc.property(anyLine, (line) => {
      const [own, usual] = bothWays(line);
      expect(own).toBe(usual);
    }),
  );
});

test('logRequest writes nothing below the level of the log', () => {
  const lines: string[] = [];
  const line = { requestId: '1', clientAddress: '::1', method: 'GET', operation: undefined, bucket: undefined };
  const rest = { key: undefined, accessKeyId: undefined, receivedLengthBytes: 0, sentLengthBytes: 0, elapsedMs: 1 };
  const log = createLog('warn', { write: (text) => lines.push(text) });
  logRequest(log, { ...line, ...rest, status: 200, errorCode: undefined, omittedCount: undefined }, undefined);
  expect(lines).toEqual([]);
});
