/** The checker itself: it accepts what is right, rejects each planted fault, and agrees with trying every order. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../conformance/seeded-random.js';
import { checkHistory } from './check-history.js';
import { HistoryClock, HistoryRecorder, type Operation } from './history.js';
import { applyCall, type ObjectState, stateText } from './object-model.js';
import { HISTORY_FAULTS, randomHistory } from './random-history.js';

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

describe('checkHistory', () => {
  it.each([1, 3, 12])('accepts histories of %d clients of an object that is right', (clientCount) => {
    for (const seed of SEEDS) {
      const verdict = checkHistory(randomHistory({ seed, clientCount, operationCount: 400 }));
      expect(verdict, `seed ${seed}`).toMatchObject({ linearizable: true });
    }
  });

  it.each(HISTORY_FAULTS)('rejects %s, whatever went before', (fault) => {
    for (const seed of SEEDS) {
      for (const clientCount of [1, 5]) {
        const verdict = checkHistory(randomHistory({ seed, clientCount, operationCount: 60, fault }));
        expect(verdict, `seed ${seed}, ${clientCount} clients`).toMatchObject({ linearizable: false });
      }
    }
  });

  it('agrees with trying every order, on small histories with one answer changed', () => {
    let rejectedCount = 0;
    for (let seed = 1; seed <= 600; seed += 1) {
      const random = seededRandom(seed);
      const operations = withOneChange(randomHistory({ seed, clientCount: 3, operationCount: 6 }), random);
      const { linearizable } = checkHistory(operations);
      expect(linearizable, `seed ${seed}`).toBe(isExplainedBySomeOrder(operations, undefined));
      if (!linearizable) rejectedCount += 1;
    }
    // The comparison says nothing unless both verdicts come up.
    expect(rejectedCount).toBeGreaterThan(60);
    expect(rejectedCount).toBeLessThan(540);
  });

  it('says which answer cannot be explained', () => {
    const verdict = checkHistory(randomHistory({ seed: 1, clientCount: 1, operationCount: 3, fault: 'lost-append' }));
    expect(verdict.linearizable ? '' : verdict.explanation).toContain('No order of the calls explains this answer: ');
    expect(verdict.linearizable ? '' : verdict.explanation).toMatch(/^> .*"get"/m);
  });

  it('lets a call without an answer take place late, until its receiver is gone', () => {
    const clock = new HistoryClock();
    const recorder = new HistoryRecorder(clock);
    recorder.start('lost', { kind: 'append', position: 0, body: { lengthBytes: 3, crc64: 7n } });
    recorder.end(recorder.start('reader', { kind: 'get' }), { kind: 'absent' });
    const seen = { kind: 'found', object: { lengthBytes: 3, crc64: 7n } } as const;
    recorder.end(recorder.start('reader', { kind: 'get' }), seen);
    expect(checkHistory(recorder.operations()).linearizable).toBe(true);
    recorder.endUnanswered();
    recorder.end(recorder.start('reader', { kind: 'get' }), { kind: 'absent' });
    expect(checkHistory(recorder.operations()).linearizable).toBe(false);
  });

  it('ends the calls of one receiver that is gone, and lets those of others take place late', () => {
    for (const gone of ['one', 'other']) {
      const recorder = new HistoryRecorder(new HistoryClock());
      const append = { kind: 'append', position: 0, body: { lengthBytes: 3, crc64: 7n } } as const;
      recorder.start('lost', append, 'one');
      recorder.end(recorder.start('reader', { kind: 'get' }, 'other'), { kind: 'absent' });
      recorder.endUnanswered(gone);
      recorder.end(recorder.start('reader', { kind: 'get' }, 'other'), { kind: 'absent' });
      const seen = { kind: 'found', object: { lengthBytes: 3, crc64: 7n } } as const;
      recorder.end(recorder.start('reader', { kind: 'get' }, 'other'), seen);
      // Seen by others after its receiver was gone, it came from nowhere.
      expect(checkHistory(recorder.operations()).linearizable).toBe(gone === 'other');
    }
  });

  it('gives up with an error rather than with a wrong verdict', () => {
    const operations = Array.from({ length: 12 }, (_, index): Operation => {
      const body = { lengthBytes: index + 1, crc64: BigInt(index) };
      return { client: `${index}`, call: { kind: 'put', body }, outcome: { kind: 'done' }, startedAt: 1, endedAt: 2 };
    });
    expect(() => checkHistory(operations, { configurationCountMax: 100 })).toThrow('more than 100 possibilities');
  });
});

/** One answer becomes that of another operation, or its times are moved. */
function withOneChange(operations: readonly Operation[], random: ReturnType<typeof seededRandom>): Operation[] {
  const changed = [...operations];
  const index = random.below(changed.length);
  const one = changed[index] as Operation;
  const other = changed[random.below(changed.length)] as Operation;
  changed[index] = random.next() < 0.7 ? { ...one, outcome: other.outcome } : { ...one, endedAt: one.startedAt };
  return changed;
}

/** The definition, tried out: some order in which nothing comes before what had ended when it started. */
function isExplainedBySomeOrder(left: readonly Operation[], state: ObjectState): boolean {
  const endMin = Math.min(...left.map(({ endedAt }) => endedAt));
  if (left.every(({ outcome }) => outcome.kind === 'unknown')) return true;
  return left.some((operation) => {
    if (operation.startedAt > endMin) return false;
    const rest = left.filter((one) => one !== operation);
    if (operation.outcome.kind === 'unknown' && isExplainedBySomeOrder(rest, state)) return true;
    const next = applyCall(state, operation.call, operation.outcome);
    return next !== 'impossible' && isExplainedBySomeOrder(rest, next);
  });
}

describe('applyCall', () => {
  const body = { lengthBytes: 3, crc64: 5n };
  const named = { kind: 'append', position: 'auto', body, appendId: 'a' } as const;
  const after = (state: ObjectState, ...lengths: readonly number[]): readonly (ObjectState | 'impossible')[] =>
    lengths.map((lengthBytes) => applyCall(state, named, { kind: 'done', lengthBytes }));

  it('lays an append without a position wherever the object ends', () => {
    const first = applyCall(undefined, named, { kind: 'done', lengthBytes: 3 });
    if (first === 'impossible') expect.fail('the first append makes the object');
    const second = { ...named, appendId: 'b' };
    expect(applyCall(first, second, { kind: 'done', lengthBytes: 6 })).toMatchObject({ lengthBytes: 6 });
    expect(applyCall(first, second, { kind: 'position-mismatch', lengthBytes: 3 })).toBe('impossible');
  });

  it('applies an id once: a repeat is answered as the first, and one with another body is a conflict', () => {
    const first = applyCall(undefined, named, { kind: 'done', lengthBytes: 3 });
    if (first === 'impossible') expect.fail('the first append makes the object');
    expect(after(first, 3, 6)).toEqual([first, 'impossible']);
    const other = { ...named, body: { lengthBytes: 3, crc64: 6n } };
    expect(applyCall(first, other, { kind: 'id-conflict' })).toBe(first);
    expect(applyCall(first, other, { kind: 'done', lengthBytes: 6 })).toBe('impossible');
    expect(applyCall(first, named, { kind: 'id-conflict' })).toBe('impossible');
    // Deleted and made again, the object knows no id.
    expect(after(applyCall(first, { kind: 'delete' }, { kind: 'done' }) as ObjectState, 3)).toEqual([first]);
    expect(stateText(first)).not.toBe(stateText({ ...(first as NonNullable<ObjectState>), ids: new Map() }));
  });

  it('tells states apart by everything a client may see', () => {
    const object = { type: 'appendable', lengthBytes: 3, crc64: 5n, isSealed: false, versionId: 'a' } as const;
    const others = [
      undefined,
      { ...object, type: 'normal' as const },
      { ...object, lengthBytes: 4 },
      { ...object, crc64: 6n },
    ];
    const more = [
      { ...object, isSealed: true },
      { ...object, versionId: 'b' },
      { ...object, versionId: undefined },
    ];
    const texts = [object, ...others, ...more].map(stateText);
    expect(new Set(texts).size).toBe(texts.length);
  });
});
