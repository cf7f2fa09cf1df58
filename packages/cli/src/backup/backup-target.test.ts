/**
 * Targets as commands name them: what is missing is told, and no secret. What every target must do is in `test/backup`.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AnnalsProcess, readyUrl, startAnnals } from '../testing/annals-process.js';
import { BackupTargetFailed } from './backup-target.js';
import { openTarget } from './open-target.js';

let folder: string;
let server: AnnalsProcess;
let endpoint: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'annals-target-'));
  server = startAnnals(['serve', '--port', '0', '--bucket', 'backups'], {
    folder,
    environment: { ANNALS_ROOT_ACCESS_KEY_ID: 'test-id', ANNALS_ROOT_ACCESS_KEY_SECRET: 'test-secret' },
  });
  endpoint = await readyUrl(server);
});

afterAll(async () => {
  server.child.kill('SIGKILL');
  await server.ended;
  rmSync(folder, { recursive: true });
});

describe('openTarget', () => {
  it('tells what is missing, and no secret', async () => {
    await expect(openTarget('s3://bucket/x', {}, {})).rejects.toThrow(
      'Cannot sign requests to the target: set ANNALS_TARGET_ACCESS_KEY_ID and ANNALS_TARGET_ACCESS_KEY_SECRET, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
    await expect(openTarget('ftp://host/x', {}, {})).rejects.toThrow('Cannot use "ftp://host/x"');
  });

  it('fails with the words of the service and without the secret when the key is wrong', async () => {
    const environment = { ANNALS_TARGET_ACCESS_KEY_ID: 'test-id', ANNALS_TARGET_ACCESS_KEY_SECRET: 'a-wrong-secret' };
    const target = await openTarget('oss://backups/x', { targetEndpoint: endpoint }, environment);
    const failure: unknown = await target.put('a', Buffer.from('1')).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BackupTargetFailed);
    expect(String(failure)).toContain('oss://backups/x/');
    expect(String(failure)).not.toContain('a-wrong-secret');
  });

  it('leaves no unfinished file in a folder', async () => {
    const place = join(folder, 'plain');
    const target = await openTarget(place, {}, {});
    await target.put('runs/x.json', Buffer.from('1'));
    expect(readdirSync(join(place, 'runs'))).toEqual(['x.json']);
  });
});
