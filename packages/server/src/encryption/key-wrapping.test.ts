import { randomBytes } from 'node:crypto';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Encryption } from '@annals/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../../../test/harness/temporary-folder.js';
import { MasterKeyUnavailable } from '../accounts/load-master-keys.js';
import { MasterKeyRing } from '../accounts/master-key.js';
import { ServerKeyWrapping } from './key-wrapping.js';
import { addKeyVersion, kmsKeyPath, loadKmsKeys } from './kms-keys.js';

const AES256: Encryption = { algorithm: 'AES256' };
const CONTENT = '00112233445566778899aabbccddeeff';
const DATA_KEY = Buffer.alloc(32, 7);
let folder: string;

beforeEach(async () => {
  folder = makeTemporaryFolder();
});

function ring(...fills: readonly number[]): MasterKeyRing {
  return new MasterKeyRing(
    fills.map((fill) => Buffer.alloc(32, fill)),
    randomBytes,
  );
}

describe('ServerKeyWrapping', () => {
  it('wraps with the master key for AES256, so that only the same content and choice unwrap', async () => {
    const keys = new ServerKeyWrapping(ring(1), undefined);
    const wrapped = await keys.wrap(CONTENT, AES256, DATA_KEY);
    expect(Buffer.from(wrapped).includes(DATA_KEY)).toBe(false);
    expect(Buffer.from(await keys.unwrap(CONTENT, AES256, wrapped))).toEqual(DATA_KEY);
    const other = CONTENT.replace('0', '1');
    await expect(keys.unwrap(other, AES256, wrapped)).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
  });

  it('tells a key that is not at hand from a damaged one', async () => {
    const wrapped = Buffer.from(await new ServerKeyWrapping(ring(1), undefined).wrap(CONTENT, AES256, DATA_KEY));
    const unknown = { reason: { kind: 'key-unavailable', because: 'unknown-key' } };
    await expect(new ServerKeyWrapping(ring(2), undefined).unwrap(CONTENT, AES256, wrapped)).rejects.toMatchObject(
      unknown,
    );
    for (let index = 9; index < wrapped.length; index += 1) {
      const damaged = Buffer.from(wrapped);
      damaged[index] = (damaged[index] as number) ^ 1;
      const unwrapping = new ServerKeyWrapping(ring(1), undefined).unwrap(CONTENT, AES256, damaged);
      await expect(unwrapping, `byte ${index}`).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
    }
  });

  it('wraps with the newest version and unwraps with all', async () => {
    const wrapped = await new ServerKeyWrapping(ring(1), undefined).wrap(CONTENT, AES256, DATA_KEY);
    const rotated = new ServerKeyWrapping(ring(2, 1), undefined);
    expect(rotated.isWrappedWithNewest(AES256, wrapped)).toBe(false);
    const again = await rotated.wrap(CONTENT, AES256, await rotated.unwrap(CONTENT, AES256, wrapped));
    expect(rotated.isWrappedWithNewest(AES256, again)).toBe(true);
    expect(Buffer.from(await new ServerKeyWrapping(ring(2), undefined).unwrap(CONTENT, AES256, again))).toEqual(
      DATA_KEY,
    );
  });

  it('resolves KMS to a named key, and refuses it without a ring or for a key that is not in it', () => {
    const kms = { keys: new Map([['default', ring(3)]]), defaultKeyId: 'default' };
    const keys = new ServerKeyWrapping(ring(1), kms);
    expect(keys.resolve({ algorithm: 'KMS' })).toEqual({ algorithm: 'KMS', keyId: 'default' });
    expect(keys.resolve(AES256)).toEqual(AES256);
    const refusal = (wrapping: ServerKeyWrapping, keyId?: string): unknown => {
      try {
        return wrapping.resolve({ algorithm: 'KMS', ...(keyId !== undefined && { keyId }) });
      } catch (error) {
        return error;
      }
    };
    expect(refusal(keys, 'other')).toMatchObject({
      reason: { kind: 'key-unavailable', keyId: 'other', because: 'unknown-key' },
    });
    expect(refusal(new ServerKeyWrapping(ring(1), undefined))).toMatchObject({
      reason: { kind: 'key-unavailable', because: 'not-configured' },
    });
  });

  it('keeps the keys of KMS apart: what one wraps another does not unwrap', async () => {
    const keys = new Map([
      ['a', ring(3)],
      ['b', ring(3)],
    ]);
    const wrapping = new ServerKeyWrapping(ring(1), { keys, defaultKeyId: 'a' });
    const wrapped = await wrapping.wrap(CONTENT, { algorithm: 'KMS', keyId: 'a' }, DATA_KEY);
    const unwrapping = wrapping.unwrap(CONTENT, { algorithm: 'KMS', keyId: 'b' }, wrapped);
    await expect(unwrapping).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
  });
});

describe('loadKmsKeys', () => {
  it('finds no key ring in a folder that is missing, empty, or holds other files', async () => {
    expect(await loadKmsKeys(join(folder, 'missing'))).toBeUndefined();
    await writeFile(join(folder, 'README'), 'not a key');
    await writeFile(join(folder, '.hidden.key'), 'not a key either');
    expect(await loadKmsKeys(folder)).toBeUndefined();
  });

  it('loads each key with its versions, the newest first', async () => {
    expect(await addKeyVersion(kmsKeyPath(folder, 'payroll'))).toBe(1);
    const choice: Encryption = { algorithm: 'KMS', keyId: 'payroll' };
    const before = new ServerKeyWrapping(ring(1), await loadKmsKeys(folder));
    const wrapped = await before.wrap(CONTENT, choice, DATA_KEY);
    expect(await addKeyVersion(kmsKeyPath(folder, 'payroll'))).toBe(2);
    const after = new ServerKeyWrapping(ring(1), await loadKmsKeys(folder, { defaultKeyId: 'payroll' }));
    expect(after.isWrappedWithNewest(choice, wrapped)).toBe(false);
    expect(Buffer.from(await after.unwrap(CONTENT, choice, wrapped))).toEqual(DATA_KEY);
    expect(after.resolve({ algorithm: 'KMS' })).toEqual(choice);
  });

  it('refuses a key file that holds no key, and one that cannot be read, without telling what is in it', async () => {
    const path = join(folder, 'broken.key');
    await writeFile(path, 'sesame');
    const failure = loadKmsKeys(folder);
    await expect(failure).rejects.toThrow(MasterKeyUnavailable);
    await expect(failure).rejects.not.toThrow(/sesame/);
    await rm(path);
    await addKeyVersion(path);
    await chmod(path, 0o000);
    if (process.getuid?.() !== 0) await expect(loadKmsKeys(folder)).rejects.toThrow(MasterKeyUnavailable);
  });

  it.each(['', '.', '../up', 'a/b', 'a b', 'x'.repeat(129)])('takes no name such as "%s"', (name) => {
    expect(() => kmsKeyPath(folder, name)).toThrow(RangeError);
  });
});
