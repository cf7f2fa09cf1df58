import { expect, test } from 'vitest';
import { CallbackKey } from './callback-key.js';

test('CallbackKey reads what it wrote, and nothing but RSA keys', async () => {
  const key = await CallbackKey.generate();
  expect(CallbackKey.fromPem(key.toPem()).publicKeyPem).toBe(key.publicKeyPem);
  expect(key.publicKeyPem).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  expect(() => CallbackKey.fromPem('nothing')).toThrow();
});
