/** The files of `deploy` keep the rules of both kinds of containers, and fit the settings of the server. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDuration } from '../../packages/cli/src/configuration/quantities.js';
import { DEPLOY_FOLDER, readCompose } from './compose-topology.js';
import { readYaml, readYamlDocuments } from './read-yaml.js';

/** What is read of a manifest. */
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly template?: { readonly spec: PodSpec };
    readonly maxUnavailable?: number;
  };
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: { readonly runAsNonRoot: boolean };
  readonly containers: readonly {
    readonly image: string;
    readonly securityContext: object;
    readonly resources: { readonly limits: object; readonly requests: object };
    readonly livenessProbe: object;
    readonly readinessProbe: object;
  }[];
}

interface Settings {
  readonly timeouts: { readonly drain: string; readonly shutdown: string };
  readonly probes: { readonly port: number };
}

/** The only one that may be root: it makes the folder of the bucket and ends. */
const PREPARING_SERVICE = 'bucket';

async function readManifests(): Promise<readonly Manifest[]> {
  const folder = join(DEPLOY_FOLDER, 'kubernetes');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => readYamlDocuments(text) as readonly Manifest[]);
}

/** How long a stop may take. */
function stopMs({ timeouts }: Settings): number {
  return durationMs(timeouts.drain) + durationMs(timeouts.shutdown);
}

function durationMs(text: string | undefined): number {
  return parseDuration(text) ?? Number.NaN;
}

test('containers of compose.yaml have no rights to spare, and time to finish', async () => {
  const services = await readCompose();
  const settings = readYaml(await readFile(join(DEPLOY_FOLDER, 'annals.yaml'), 'utf8')) as Settings;
  for (const [name, service] of Object.entries(services)) {
    expect(service.read_only, name).toBe(true);
    expect(service.cap_drop, name).toEqual(['ALL']);
    expect(Object.keys(service.deploy?.resources?.limits ?? {}), name).toEqual(['cpus', 'memory', 'pids']);
    if (name !== PREPARING_SERVICE) expect(service.user, name).toMatch(/^[1-9][0-9]*:[1-9][0-9]*$/);
  }
  for (const name of ['gateway-1', 'gateway-2', 'balancer']) {
    expect(durationMs(services[name]?.stop_grace_period), name).toBeGreaterThan(stopMs(settings));
  }
});

test('no file holds a secret: they are asked for by name, and new-secrets.sh makes each', async () => {
  const script = await readFile(join(DEPLOY_FOLDER, 'new-secrets.sh'), 'utf8');
  const made = [...script.matchAll(/^echo "(\w+)=/gm)].map(([, name]) => name);
  const text = await readFile(join(DEPLOY_FOLDER, 'compose.yaml'), 'utf8');
  const asked = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
  expect([...new Set(asked)].sort()).toEqual([...made].sort());
  for (const [name, value] of Object.entries((await readCompose())['gateway-1']?.environment ?? {})) {
    if (/PASSWORD|KEY/.test(name)) expect(value, name).toMatch(/^\$\{\w+:\?[^}]+\}$/);
  }
  const secret = (await readManifests()).find(({ kind }) => kind === 'Secret');
  expect(new Set(Object.values(secret?.stringData ?? {}))).toEqual(new Set(['REPLACE']));
});

test('pods have no rights to spare, probes, limits, and time to finish; both forms name the same secrets', async () => {
  const manifests = await readManifests();
  const one = (kind: string): Manifest | undefined => manifests.find((manifest) => manifest.kind === kind);
  const pod = one('Deployment')?.spec?.template?.spec;
  const settings = readYaml(one('ConfigMap')?.data?.['annals.yaml'] ?? '') as Settings;
  expect((pod?.terminationGracePeriodSeconds ?? 0) * 1000).toBeGreaterThan(stopMs(settings));
  expect(pod?.securityContext.runAsNonRoot).toBe(true);
  const [container] = pod?.containers ?? [];
  expect(container?.image).toMatch(/:[\w.]+$/);
  expect(container?.image).not.toMatch(/:latest$/);
  expect(container?.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  for (const bounds of [container?.resources.limits, container?.resources.requests]) {
    expect(bounds).toMatchObject({ cpu: expect.anything(), memory: expect.anything() });
  }
  expect(container?.livenessProbe).toMatchObject({ httpGet: { path: '/-/healthz', port: 'probes' } });
  expect(container?.readinessProbe).toMatchObject({ httpGet: { path: '/-/readyz', port: 'probes' } });
  expect(one('PodDisruptionBudget')?.spec?.maxUnavailable).toBe(1);
  const { NODE_OPTIONS, ...inCompose } = (await readCompose())['gateway-1']?.environment ?? {};
  expect(NODE_OPTIONS).toBeDefined();
  expect(Object.keys(one('Secret')?.stringData ?? {}).sort()).toEqual(Object.keys(inCompose).sort());
});
