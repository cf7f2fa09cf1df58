/** Whose address counts behind a proxy, over the wire: in policies, in the log and in the access log of a bucket. */
import { afterEach, expect, test } from 'vitest';
import { BUCKET, NOW_MS, requestText } from '../../../../test/harness/signed-text.js';
import { startTestServer, type TestServer } from '../../../../test/harness/test-server.js';
import type { ProxySettings } from '../settings.js';

let running: TestServer;

afterEach(() => running.close());

async function start(proxies: Partial<ProxySettings>): Promise<void> {
  running = await startTestServer({ settings: { proxies }, buckets: [BUCKET], clock: () => NOW_MS });
  await running.store.updateBucket(BUCKET, {
    configurations: {
      policy: JSON.stringify({
        Version: '1',
        Statement: [
          {
            Effect: 'Deny',
            Principal: ['*'],
            Action: ['oss:PutObject'],
            Resource: ['acs:oss:*:*:*'],
            Condition: { IpAddress: { 'acs:SourceIp': ['203.0.113.0/24'] } },
          },
          {
            Effect: 'Deny',
            Principal: ['*'],
            Action: ['oss:PutObject'],
            Resource: ['acs:oss:*:*:*'],
            Condition: { Bool: { 'acs:SecureTransport': ['true'] } },
          },
        ],
      }),
    },
  });
}

/** @returns Status of an upload with these header lines, and the address that the log names. */
async function put(...lines: string[]): Promise<string> {
  const connection = await running.connect();
  const text = requestText({ method: 'PUT', key: 'k', lines: ['Content-Length: 1', ...lines], body: 'x' });
  await connection.send(text);
  const { status } = await connection.readAnswer();
  connection.destroy();
  return `${status} ${running.logLines.filter(({ method }) => method === 'PUT').at(-1)?.clientAddress}`;
}

test('a trusted proxy says whose request it is, to policies and to the log', async () => {
  await start({ trusted: ['127.0.0.0/8'] });
  expect(await put()).toBe('200 127.0.0.1');
  expect(await put('X-Forwarded-For: 203.0.113.5')).toBe('403 203.0.113.5');
  expect(await put('X-Forwarded-For: 198.51.100.5, 203.0.113.5')).toBe('403 203.0.113.5');
  expect(await put('X-Forwarded-For: 203.0.113.5', 'X-Forwarded-For: 198.51.100.5')).toBe('200 198.51.100.5');
  expect(await put('Forwarded: for="203.0.113.5:81"')).toBe('403 203.0.113.5');
  expect(await put('Forwarded: for="[2001:DB8::5]"')).toBe('200 2001:db8::5');
  expect(await put('Forwarded: for=_someone')).toBe('200 unknown');
  expect(await put('X-Forwarded-For: 198.51.100.5', 'X-Forwarded-Proto: https')).toBe('403 198.51.100.5');
  expect(await put('Forwarded: for="198.51.100.5')).toBe('400 127.0.0.1');
  expect(await put('Forwarded: for=198.51.100.5', 'X-Forwarded-For: 198.51.100.6')).toBe('400 127.0.0.1');
});

test('other addresses do not', async () => {
  await start({ trusted: ['10.0.0.0/8', '::1'] });
  for (const line of [
    'X-Forwarded-For: 203.0.113.5',
    'Forwarded: for=203.0.113.5',
    'Forwarded: for="',
    'X-Forwarded-Proto: https',
    'X-Real-IP: 203.0.113.5',
  ]) {
    expect(await put(line)).toBe('200 127.0.0.1');
  }
});

test('the settings choose the header', async () => {
  await start({ trusted: ['127.0.0.1'], header: 'x-forwarded-for' });
  expect(await put('Forwarded: for=203.0.113.5')).toBe('200 127.0.0.1');
  expect(await put('Forwarded: "', 'X-Forwarded-For: 198.51.100.6')).toBe('200 198.51.100.6');
});
