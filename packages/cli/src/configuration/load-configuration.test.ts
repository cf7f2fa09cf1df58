import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandFailure } from '../command-failure.js';
import { type FlagValues, loadConfiguration } from './load-configuration.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'annals-configuration-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function writeConfiguration(text: string, name = 'annals.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The problems told about a configuration that must be refused, with the file's path shortened to its name. */
function problemsOf(flags: FlagValues, path?: string, others: readonly string[] = []): string[] {
  try {
    loadConfiguration(flags, path, others);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    expect(error.exitCode).toBe(2);
    const [first, ...lines] = error.message.split('\n');
    expect(first).toBe(
      `Cannot use the configuration, ${lines.length === 1 ? '1 problem' : `${lines.length} problems`}:`,
    );
    return lines.map((line) => line.trim().replaceAll(`${folder}/`, ''));
  }
  throw new Error('The configuration was accepted');
}

describe('loadConfiguration', () => {
  it('fills in every default', () => {
    expect(loadConfiguration({}, undefined)).toEqual({
      data: './annals-data',
      storage: { metadata: 'lmdb', blobs: 'file' },
      host: '127.0.0.1',
      port: 9000,
      domain: [],
      cname: [],
      'cname-verification': 'off',
      'trusted-proxies': [],
      'proxy-header': 'auto',
      'proxy-protocol': [],
      probes: { host: '127.0.0.1', admin: 'everywhere' },
      bucket: [],
      'log-level': 'info',
      appendable: {
        overwrite: 'deny',
        copy: 'deny',
        'max-length': 5 * 1024 ** 3,
        replay: 'off',
        'append-ids': { count: 1000, age: 86_400_000 },
      },
      archive: { 'restore-delay': 0 },
      garbage: { 'max-delay': 1000 },
      limits: {
        'body-length': 5 * 1024 ** 3,
        'drain-length': 1024 ** 2,
        'header-length': 32 * 1024,
        headers: 256,
        'minimum-rate': 240,
        'clock-skew': 900_000,
        'failed-signatures': 100,
        'connections-per-address': 0,
        'running-requests': 256,
        'waiting-requests': 1024,
        'waiting-length': 128 * 1024 ** 2,
      },
      quotas: {},
      callback: { allow: [], timeout: 5000 },
      kms: { 'default-key': 'default' },
      tls: {},
      'access-log': { flush: 10_000, 'max-waiting': 16 * 1024 ** 2 },
      lifecycle: { hour: 0, interval: 86_400_000 },
      scrub: { rate: 4 * 1024 ** 2 },
      timeouts: {
        'keep-alive': 75_000,
        headers: 60_000,
        idle: 60_000,
        'rate-window': 60_000,
        linger: 2000,
        drain: 0,
        shutdown: 30_000,
        'certificate-reload': 10_000,
      },
    });
  });

  it('reads targets of callbacks and the files of HTTPS', () => {
    const path = writeConfiguration(`
callback: { allow: [app.example.com, '*.hooks.example.com', 10.1.0.0/16, '::1'], timeout: 2s }
tls: { port: 9443, certificate: /etc/chain.pem, key: /etc/key.pem }
`);
    expect(loadConfiguration({}, path)).toMatchObject({
      callback: { allow: ['app.example.com', '*.hooks.example.com', '10.1.0.0/16', '::1'], timeout: 2000 },
      tls: { port: 9443, certificate: '/etc/chain.pem', key: '/etc/key.pem' },
    });
  });

  it('refuses names that mean the server itself', () => {
    const path = writeConfiguration(`
host: store.example.com
domain: [example.net, nested.example.net]
cname: [127.0.0.1=assets, 127.1=assets, a.localhost=assets, example.net=assets, a.example.net=assets, store.example.com=assets,
  www.example.org=assets, www.example.org=others, nested.localhost.example.com=assets]
bucket: [nested, assets, logs]
`);
    expect(problemsOf({}, path)).toEqual([
      'annals.yaml: cname[0]: expected a domain name, not an address, got "127.0.0.1=assets"',
      'annals.yaml: cname[1]: expected a domain name, not an address, got "127.1=assets"',
      'annals.yaml: cname[2]: expected a name outside localhost, which is a domain of the server, got "a.localhost=assets"',
      'annals.yaml: cname[3]: expected a name outside example.net, which is a domain of the server, got "example.net=assets"',
      'annals.yaml: cname[4]: expected a name outside example.net, which is a domain of the server, got "a.example.net=assets"',
      'annals.yaml: cname[5]: expected another name than that of the setting host, got "store.example.com=assets"',
      'annals.yaml: cname[7]: expected each domain once, got "www.example.org=others"',
      'annals.yaml: bucket[0]: expected a bucket name that leads to no other host, but nested.example.net is one of the settings, got "nested"',
    ]);
  });

  it('reads the addresses of proxies, and refuses what is none', () => {
    const path = writeConfiguration('trusted-proxies: [10.0.0.0/8, "::1"]\nproxy-header: forwarded\n');
    expect(loadConfiguration({}, path)).toMatchObject({
      'trusted-proxies': ['10.0.0.0/8', '::1'],
      'proxy-header': 'forwarded',
    });
    const expected = 'expected an IP address or a range such as 10.0.0.0/8';
    expect(
      problemsOf({}, writeConfiguration('trusted-proxies: [proxy.example.com, "127.1"]\nproxy-header: x-real-ip\n')),
    ).toEqual([
      `annals.yaml: trusted-proxies[0]: ${expected}, got "proxy.example.com"`,
      `annals.yaml: trusted-proxies[1]: ${expected}, got "127.1"`,
      'annals.yaml: proxy-header: expected one of auto, x-forwarded-for, forwarded, got "x-real-ip"',
    ]);
  });

  it('refuses targets that are none, and HTTPS without all it needs', () => {
    const path = writeConfiguration(`
callback: { allow: ['http://app.example.com', 10.0.0.0/33, '*'] }
tls: { port: 9443 }
`);
    const expected = 'expected a host name, *.DOMAIN, an IP address or a range such as 10.0.0.0/8';
    expect(problemsOf({}, path)).toEqual([
      `annals.yaml: callback.allow[0]: ${expected}, got "http://app.example.com"`,
      `annals.yaml: callback.allow[1]: ${expected}, got "10.0.0.0/33"`,
      `annals.yaml: callback.allow[2]: ${expected}, got "*"`,
      'annals.yaml: tls: expected port, certificate and key, or none of them, got {"port":9443}',
    ]);
  });

  it('reads YAML, and flags win over it', () => {
    const path = writeConfiguration(`
data: /srv/annals
port: 9100
bucket: logs
domain: [oss.example.com, files.example.com]
appendable:
  overwrite: allow
  max-length: 2TiB
timeouts: { shutdown: 5s }
`);
    expect(loadConfiguration({ port: '9200', bucket: ['video'] }, path)).toMatchObject({
      data: '/srv/annals',
      port: 9200,
      bucket: ['video'],
      domain: ['oss.example.com', 'files.example.com'],
      appendable: {
        overwrite: 'allow',
        copy: 'deny',
        'max-length': 2 * 1024 ** 4,
        replay: 'off',
        'append-ids': { count: 1000, age: 86_400_000 },
      },
      timeouts: { shutdown: 5000, idle: 60_000 },
    });
  });

  it('reads JSON', () => {
    const path = writeConfiguration('{"port": 0, "limits": {"body-length": 1024, "connections": 10}}', 'annals.json');
    expect(loadConfiguration({}, path)).toMatchObject({ port: 0, limits: { 'body-length': 1024, connections: 10 } });
  });

  it('takes an empty file for no settings', () => {
    expect(loadConfiguration({}, writeConfiguration('# nothing yet\n')).port).toBe(9000);
  });

  it('tells every problem at once, where it comes from and what would do', () => {
    const path = writeConfiguration(`
prot: 9000
host: ''
log-level: loud
appendable: { overwrit: allow, copy: maybe, max-length: 5 apples }
limits: { connections: 0 }
timeouts: { keep-alive: 10s, idle: -1 }
nonsense: { deep: 1 }
`);
    expect(
      problemsOf({ port: '90000', bucket: ['logs', 'No'], region: 'oss-cn-hangzhou' }, path, ['A: wrong']),
    ).toEqual([
      'A: wrong',
      'annals.yaml: host: expected an address or a host name, got ""',
      '--port: expected a whole number from 0 to 65535, got 90000',
      '--region: expected a region such as cn-hangzhou, without "oss-" in front, got "oss-cn-hangzhou"',
      '--bucket[1]: expected 3 to 63 of a-z, 0-9 and "-", not at either end, got "No"',
      'annals.yaml: log-level: expected one of fatal, error, warn, info, debug, trace, silent, got "loud"',
      'annals.yaml: appendable.copy: expected "deny" or "allow", got "maybe"',
      'annals.yaml: appendable.max-length: expected a size such as 5GiB, 64KiB or a number of bytes, got "5 apples"',
      'annals.yaml: appendable.overwrit: unknown setting, did you mean "appendable.overwrite"?',
      'annals.yaml: limits.connections: expected a whole number of 1 or more, got 0',
      'annals.yaml: timeouts.keep-alive: expected a duration such as 24h, 15m, 30s, 250ms or a number of milliseconds from 60000 to 2147483647, got "10s"',
      'annals.yaml: timeouts.idle: expected a duration such as 24h, 15m, 30s, 250ms or a number of milliseconds, got -1',
      'annals.yaml: prot: unknown setting, did you mean "port"?',
      'annals.yaml: nonsense: unknown setting',
    ]);
  });

  it.each([
    ['a list', '- port: 9000', 'annals.yaml: expected settings by name, such as "port: 9000"'],
    ['a word', 'hello', 'annals.yaml: expected settings by name, such as "port: 9000"'],
    ['a number for a name', 'data: 7', 'annals.yaml: data: expected a folder, got 7'],
    ['a text for a group', 'limits: big', 'annals.yaml: limits: expected settings by name, got "big"'],
    ['a number for a list', 'bucket: 7', 'annals.yaml: bucket: expected a list of names, got 7'],
    [
      'a domain with a port',
      'domain: oss.example.com:9000',
      'annals.yaml: domain[0]: expected a domain name in lower case, without scheme and port, such as oss.example.com, got "oss.example.com:9000"',
    ],
  ])('refuses %s', (_, text, problem) => {
    expect(problemsOf({}, writeConfiguration(text))).toEqual([problem]);
  });

  it('says where broken YAML is broken', () => {
    const [problem] = problemsOf({}, writeConfiguration('port: [9000'));
    expect(problem).toMatch(/^annals\.yaml: .*line 1/);
  });

  it('says which file cannot be read', () => {
    const [problem] = problemsOf({}, join(folder, 'missing.yaml'));
    expect(problem).toMatch(/^--config: cannot read missing\.yaml: ENOENT/);
  });
});
