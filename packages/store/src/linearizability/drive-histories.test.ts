/** Clients that send a call again by themselves: each request is one of the history, and a fault in it is found. */
import { crc64 } from '@annals/checksum';
import { describe, expect, it } from 'vitest';
import { HistoryDriver, type ObjectClient } from './drive-histories.js';
import type { ObjectCall, ObjectOutcome } from './history.js';

const LIFE_COUNT = 10;
const CALL_COUNT_PER_LIFE = 40;

/** One appendable object. Of every fifth append the answer is lost, before or after it took place. */
class ForgetfulObject implements ObjectClient {
  readonly #isPositionChecked: boolean;
  #bytes = Buffer.alloc(0);
  #isThere = false;
  #appendCount = 0;
  callCount = 0;

  /** @param isPositionChecked Whether an append that is sent again takes place only where it belongs. */
  constructor(isPositionChecked: boolean) {
    this.#isPositionChecked = isPositionChecked;
  }

  async perform(_key: string, call: ObjectCall, body: Uint8Array, sending: () => void): Promise<ObjectOutcome> {
    this.callCount += 1;
    if (call.kind === 'append' && call.appendId === undefined) {
      sending();
      this.#appendCount += 1;
      if (this.#appendCount % 5 !== 0) return this.#append(call.position, body);
      if (this.#appendCount % 2 === 0) this.#append(call.position, body);
      sending();
      return this.#append(this.#isPositionChecked ? call.position : 'auto', body);
    }
    if (call.kind === 'put' || call.kind === 'seal' || call.kind === 'append') {
      sending();
      return { kind: 'not-done' };
    }
    sending();
    if (call.kind === 'delete') {
      this.#bytes = Buffer.alloc(0);
      this.#isThere = false;
      return { kind: 'done' };
    }
    if (!this.#isThere) return { kind: 'absent' };
    return { kind: 'found', object: { lengthBytes: this.#bytes.length, crc64: crc64(this.#bytes) } };
  }

  #append(position: number | 'auto', body: Uint8Array): ObjectOutcome {
    if (position !== 'auto' && position !== this.#bytes.length) return { kind: 'position-mismatch' };
    this.#bytes = Buffer.concat([this.#bytes, body]);
    this.#isThere = true;
    return { kind: 'done', lengthBytes: this.#bytes.length };
  }
}

async function historyOf(object: ForgetfulObject): Promise<HistoryDriver> {
  const driver = new HistoryDriver({ keys: ['log'], seed: 7, bodyLengthBytesMax: 20, longBodyLengthBytes: 50 });
  for (let life = 1; life <= LIFE_COUNT; life += 1) {
    await driver.live([object], () => object.callCount >= life * CALL_COUNT_PER_LIFE);
    driver.endUnanswered();
  }
  await driver.readAll(object);
  return driver;
}

describe('HistoryDriver', () => {
  it('takes a call that is sent again for two requests, of which the first may have taken place', async () => {
    const driver = await historyOf(new ForgetfulObject(true));
    expect(driver.counts.repeatedCount).toBeGreaterThan(10);
    expect(driver.check().operationCount).toBe(LIFE_COUNT * CALL_COUNT_PER_LIFE + 1 + driver.counts.repeatedCount);
  });

  it('finds an append that takes place where its repetition does not belong', async () => {
    const driver = await historyOf(new ForgetfulObject(false));
    expect(() => driver.check()).toThrow('is not linearizable');
  });
});
