/** `annals storage check` judges a pool of a real cluster, finds what is wrong with one, and leaves nothing. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../backup/commands.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { freshPlace, objectsOf, placeUrl, sharedCluster } from './ceph-cluster.js';

interface Finding {
  readonly step: string;
  readonly state: string;
  readonly detail: string;
  readonly remedy?: string;
  readonly figures?: Readonly<Record<string, number>>;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(() => folder?.remove());

const check = (place: string) =>
  runCommand(['storage', 'check', '--data', folder.path, '--blobs', place, '--json'], undefined, {});

function findingsOf(output: string): readonly Finding[] {
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);
}

describe('annals storage check', () => {
  it('finds a good pool good, measures it, and leaves nothing in it', async () => {
    const place = freshPlace(sharedCluster());
    const { code, output, errors } = await check(placeUrl(place));
    expect([code, errors]).toEqual([0, '']);
    const findings = findingsOf(output);
    expect(findings.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(findings.map(({ step }) => step)).toEqual([
      ...['data folder', 'sync', 'pool', 'copies', 'space', 'health', 'list', 'identity', 'put', 'get', 'stripe'],
      ...['condition', 'consistency', 'delete', 'combination'],
    ]);
    const found = (step: string): Finding | undefined => findings.find((finding) => finding.step === step);
    for (const step of ['put', 'get', 'stripe', 'delete']) expect(found(step)?.figures?.medianMs).toBeGreaterThan(0);
    expect(found('copies')).toMatchObject({ state: 'ok', figures: { size: 3, minSize: 2 } });
    expect(found('health')?.detail).toMatch(/the cluster says HEALTH_/);
    expect(await objectsOf(place)).toEqual([]);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('says what to mend', async () => {
    const shared = sharedCluster();
    const place = freshPlace(shared);
    const cases = [
      ['pool', { keyringFile: shared.wrongKeyringFile }, /EACCES/, /Compare the keyring/],
      ['pool', { pool: 'absent' }, /no such pool/, /Make the pool/],
      ['pool', { configurationFile: '/absent' }, /a file is missing/, /Name the files/],
      ['pool', { configurationFile: shared.deadConfigurationFile }, /no monitor answered/, /Do the monitors/],
      ['list', { user: 'stranger', keyringFile: shared.strangerKeyringFile }, /EPERM/, /allow rwx pool=bodies/],
    ] as const;
    for (const [step, wrong, detail, remedy] of cases) {
      const { code, output, errors } = await check(placeUrl({ ...place, ...wrong }));
      expect(code).toBe(1);
      expect(findingsOf(output).at(-1)).toMatchObject({
        step,
        state: 'failed',
        detail: expect.stringMatching(detail),
        remedy: expect.stringMatching(remedy),
      });
      for (const secret of shared.secrets) expect(output + errors).not.toContain(secret);
    }
  });
});
