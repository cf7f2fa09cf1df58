import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../../../test/harness/temporary-folder.js';
import { loadMasterKeys, MASTER_KEY_FILE_NAME, MasterKeyUnavailable } from './load-master-keys.js';
import { MasterKeyRing } from './master-key.js';

const random = (byteCount: number): Uint8Array => new Uint8Array(byteCount).fill(5);
const keyOf = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const textOf = (fill: number): string => Buffer.from(keyOf(fill)).toString('base64');
const plaintext = Buffer.from('a secret');

describe('MasterKeyRing', () => {
  const ring = new MasterKeyRing([keyOf(1)], random);
  const sealed = ring.seal('access-key-secret', plaintext, 'AK1');

  test('opens what it has sealed', () => {
    expect(ring.open('access-key-secret', sealed, 'AK1')).toEqual(plaintext);
    expect(Buffer.from(sealed).includes(plaintext)).toBe(false);
  });

  test('opens nothing for another owner, another purpose or with another key', () => {
    expect(ring.open('access-key-secret', sealed, 'AK2')).toBeUndefined();
    expect(ring.open('security-token', sealed, 'AK1')).toBeUndefined();
    expect(new MasterKeyRing([keyOf(2)], random).open('access-key-secret', sealed, 'AK1')).toBeUndefined();
  });

  test('opens nothing that was changed in any bit, cut or prolonged', () => {
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Uint8Array.from(sealed);
      changed[bit >>> 3] = (changed[bit >>> 3] as number) ^ (1 << (bit & 7));
      expect(ring.open('access-key-secret', changed, 'AK1')).toBeUndefined();
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(ring.open('access-key-secret', sealed.slice(0, length), 'AK1')).toBeUndefined();
    }
    expect(ring.open('access-key-secret', Buffer.concat([sealed, Buffer.of(0)]), 'AK1')).toBeUndefined();
  });

  test('answers any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => ring.open('security-token', bytes, '') === undefined),
    );
  });

  test('opens with older keys and seals with the newest', () => {
    const rotated = new MasterKeyRing([keyOf(2), keyOf(1)], random);
    expect(rotated.open('access-key-secret', sealed, 'AK1')).toEqual(plaintext);
    expect(rotated.isSealedWithNewest(sealed)).toBe(false);
    expect(rotated.isSealedWithNewest(rotated.seal('access-key-secret', plaintext, ''))).toBe(true);
  });

  test('takes keys of 32 bytes, and at least one', () => {
    expect(() => new MasterKeyRing([], random)).toThrow(RangeError);
    expect(() => new MasterKeyRing([new Uint8Array(31)], random)).toThrow('31 bytes');
  });
});

describe('loadMasterKeys', () => {
  let folder = '';
  beforeEach(async () => {
    folder = makeTemporaryFolder();
  });

  const sealedBy = (fill: number): Uint8Array =>
    new MasterKeyRing([keyOf(fill)], random).seal('security-token', plaintext, '');

  test('makes a key once, for this user only', async () => {
    const first = await loadMasterKeys({ folder });
    expect(first.isNew).toBe(true);
    const path = join(folder, MASTER_KEY_FILE_NAME);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const second = await loadMasterKeys({ folder });
    expect(second.isNew).toBe(false);
    expect(second.keys.open('security-token', first.keys.seal('security-token', plaintext, ''), '')).toEqual(plaintext);
  });

  test('takes the key from configuration, and leaves the folder alone', async () => {
    const { keys, isNew } = await loadMasterKeys({ folder, configured: `${textOf(2)},${textOf(1)}` });
    expect(isNew).toBe(false);
    expect(keys.open('security-token', sealedBy(1), '')).toEqual(plaintext);
    await expect(stat(join(folder, MASTER_KEY_FILE_NAME))).rejects.toThrow('ENOENT');
  });

  test('takes keys from a file', async () => {
    const path = join(folder, 'keys');
    await writeFile(path, `# newest first\n${textOf(2)}\r\n\n${textOf(1)}\n`);
    const { keys } = await loadMasterKeys({ folder, configured: path });
    expect(keys.isSealedWithNewest(sealedBy(2))).toBe(true);
    expect(keys.open('security-token', sealedBy(1), '')).toEqual(plaintext);
  });

  test('makes no new key in place of one that cannot be read', async () => {
    const path = join(folder, MASTER_KEY_FILE_NAME);
    await writeFile(path, 'half a key');
    await expect(loadMasterKeys({ folder })).rejects.toThrow(MasterKeyUnavailable);
    expect(await readFile(path, 'utf8')).toBe('half a key');
  });

  test('does not repeat a key that is not quite one', async () => {
    const almost = textOf(7).slice(0, -3);
    const failure = loadMasterKeys({ folder, configured: almost });
    await expect(failure).rejects.toThrow('expected 32 bytes in base64');
    await expect(failure).rejects.not.toThrow(almost);
  });
});
