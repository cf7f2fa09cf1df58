/** `annals storage check` judges a bucket of a real S3 server, finds what is wrong with one, and leaves nothing. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../backup/commands.js';
import { startAnsweringServer } from '../harness/answering-server.js';
import { filesBelow } from '../harness/files-below.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { S3_SECRET_ACCESS_KEY, startVersityGateway, type VersityGateway } from './versity-gateway.js';

interface Finding {
  readonly step: string;
  readonly state: string;
  readonly detail: string;
  readonly remedy?: string;
  readonly figures?: Readonly<Record<string, number>>;
}

let gateway: VersityGateway;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  gateway = await startVersityGateway();
  await gateway.makeBucket('large');
  folder = await temporaryFolder();
});

afterAll(async () => {
  await gateway?.remove();
  await folder?.remove();
});

async function check(place: string, secret = S3_SECRET_ACCESS_KEY, words: readonly string[] = ['--json']) {
  const { accessKeyId } = await gateway.place('large').credentials(false);
  const environment = { ANNALS_STORAGE_ACCESS_KEY_ID: accessKeyId, ANNALS_STORAGE_SECRET_ACCESS_KEY: secret };
  return runCommand(['storage', 'check', '--data', folder.path, '--blobs', place, ...words], undefined, environment);
}

function findingsOf(output: string): readonly Finding[] {
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);
}

describe('annals storage check', () => {
  it('finds a good bucket good, measures it, and leaves nothing in it', async () => {
    const { code, output, errors } = await check(`s3://large/x?endpoint=${gateway.endpoint}`);
    expect([code, errors]).toEqual([0, '']);
    const findings = findingsOf(output);
    expect(findings.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(findings.map(({ step }) => step)).toEqual([
      ...['data folder', 'sync', 'list', 'clock', 'identity', 'put', 'get', 'checksum', 'condition', 'consistency'],
      ...['multipart', 'unfinished uploads', 'versions', 'delete', 'durability', 'combination'],
    ]);
    for (const { step, figures } of findings) {
      if (['sync', 'list', 'put', 'get', 'delete'].includes(step)) expect(figures?.medianMs).toBeGreaterThan(0);
    }
    for (const step of ['checksum', 'condition', 'consistency', 'unfinished uploads', 'versions']) {
      expect(findings.find((finding) => finding.step === step)).toMatchObject({ state: 'ok' });
    }
    expect(await filesBelow(join(gateway.folder, 'large'))).toEqual([]);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it.each([
    ['a wrong secret', 's3://large/x', 'a-wrong-secret', /SignatureDoesNotMatch/, /compare the keys/],
    ['a missing bucket', 's3://absent/x', S3_SECRET_ACCESS_KEY, /NoSuchBucket/, /There is no such bucket/],
  ])('says what to mend: %s', async (_name, place, secret, detail, remedy) => {
    const { code, output, errors } = await check(`${place}?endpoint=${gateway.endpoint}`, secret);
    expect(code).toBe(1);
    expect(findingsOf(output).at(-1)).toMatchObject({
      step: 'list',
      state: 'failed',
      detail: expect.stringMatching(detail),
      remedy: expect.stringMatching(remedy),
    });
    expect(output + errors).not.toContain(secret);
  });

  it('says what to mend: nothing listens, no right to list, as people read it', async () => {
    const away = await check('s3://large/x?endpoint=http://127.0.0.1:1', undefined, []);
    expect(away.code).toBe(1);
    expect(away.output).toMatch(/FAILED {3}list: .*ECONNREFUSED.*\n {9}Does the service run/);
    const denying = await startAnsweringServer((_request, response) => {
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
    });
    const denied = await check(`s3://large/x?endpoint=${denying.endpoint}`, undefined, []);
    await denying.close();
    expect(denied.output).toMatch(/FAILED {3}list: .*AccessDenied.*\n {9}The keys need the right s3:ListBucket/);
  });

  it('refuses a place that is none, and one without keys, with exit code 2', async () => {
    const bad = await check('s3://id:a-secret@large/x');
    expect(bad.code).toBe(2);
    expect(bad.errors).toContain('expected a bucket without keys');
    expect(bad.errors).not.toContain('a-secret');
    const words = ['storage', 'check', '--data', folder.path, '--blobs', 's3://large/x'];
    const without = await runCommand(words);
    expect(without.code).toBe(2);
    expect(without.errors).toContain('ANNALS_STORAGE_ACCESS_KEY_ID and ANNALS_STORAGE_SECRET_ACCESS_KEY');
  });
});
