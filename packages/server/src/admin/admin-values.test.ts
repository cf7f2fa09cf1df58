import { describe, expect, test } from 'vitest';
import { readHostileInputs } from '../../../../test/harness/hostile-inputs.js';
import { JSON_PIECES, spoiledTexts } from '../../../../test/harness/mutations.js';
import { AccountFailure } from '../accounts/account-failure.js';
import { AdminValues } from './admin-values.js';

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('AdminValues', () => {
  test('takes a policy as text or as an object', () => {
    const values = new AdminValues(Buffer.from('{"one":"text","two":{"Version":"1"}}'));
    expect([values.policy('one'), values.policy('two'), values.policy('three')]).toEqual([
      'text',
      '{"Version":"1"}',
      undefined,
    ]);
  });

  test.each([17, 8_000])('refuses a policy nested %d deep instead of overflowing the stack', (depth) => {
    const values = new AdminValues(Buffer.from(`{"policy":${nested(depth)}}`));
    expect(() => values.policy('policy')).toThrow(AccountFailure);
  });

  test('reads hostile bodies, or refuses them as it is documented', async () => {
    const texts = [
      '{"name":"alice","status":"active","durationSeconds":3600,"policy":{"Version":"1","Statement":[]}}',
      `{"name":"bob","policy":${nested(12)}}`,
      `{"policy":${nested(40)},"name":"x"}`,
    ];
    await readHostileInputs({
      inputs: spoiledTexts(texts, [...JSON_PIECES, '"__proto__":']),
      read: (text) => read(Buffer.from(text, 'latin1')),
      refusals: ['invalid-value'],
      lengthOf: (text) => text.length,
    });
  });
});

function read(body: Uint8Array): void {
  try {
    const values = new AdminValues(body);
    values.text('name');
    values.status('status');
    values.number('durationSeconds');
    values.policy('policy');
    values.refuseOthers();
  } catch (error) {
    throw error instanceof AccountFailure ? Object.assign(new Error('refused'), { code: error.reason.kind }) : error;
  }
}
