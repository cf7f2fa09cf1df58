/**
 * The files in `docs/operations.md` and in the recipes: systemd, nginx and Prometheus accept them as they stand, and
 * uploads and followers pass through that nginx. Only ports, and the paths of this machine, are put in their places.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient, type FollowedLine } from '@annals/client';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../harness/free-port.js';
import { CHECKOUT, readPageBlocks } from '../harness/page-blocks.js';
import { RawConnection } from '../harness/raw-connection.js';
import { startServerProcess } from '../harness/server-process.js';
import { makeTemporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';

const run = promisify(execFile);
const environment = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin` };
const PAGES = ['docs/operations.md', 'docs/recipes/application-log.md'];

/** The files that the pages show, by the path in their first line. */
async function shownFiles(): Promise<ReadonlyMap<string, string>> {
  const blocks = (await Promise.all(PAGES.map(readPageBlocks))).flat();
  return new Map(
    blocks.flatMap(({ text }) => {
      const path = /^# (\/etc\/[^\s:,]+)(?=[:\n])/.exec(text)?.[1];
      return path === undefined ? [] : [[path, text] as const];
    }),
  );
}

it('systemd accepts the units', async () => {
  const folder = makeTemporaryFolder();
  const units = [...(await shownFiles())].filter(([path]) => path.startsWith('/etc/systemd/system/'));
  expect(units.map(([path]) => path.replace('/etc/systemd/system/', '')).sort()).toEqual([
    'annals-backup.service',
    'annals-backup.timer',
    'annals-ship@.service',
    'annals.service',
  ]);
  const paths: string[] = [];
  for (const [path, text] of units) {
    const unit = join(folder, path.replace('/etc/systemd/system/', ''));
    await writeFile(unit, text.replaceAll('/usr/bin/node', process.execPath).replaceAll('/opt/annals', CHECKOUT));
    paths.push(unit.replace('@.service', '@app.service'));
  }
  const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', ...paths], { env: environment });
  const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('annals'));
  expect(ours).toEqual([]);
});

it('Prometheus accepts its configuration and the rules', async () => {
  const folder = makeTemporaryFolder();
  const files = await shownFiles();
  for (const name of ['prometheus.yml', 'annals.rules.yml'])
    await writeFile(join(folder, name), files.get(`/etc/prometheus/${name}`) ?? '');
  const { stdout } = await run('promtool', ['check', 'config', join(folder, 'prometheus.yml')], { env: environment });
  expect(stdout).toContain('8 rules found');
});

/** Starts the nginx of the page before a server. @returns The address of nginx. */
async function startNginx(serverPort: number): Promise<{ readonly port: number; readonly endpoint: string }> {
  const folder = makeTemporaryFolder();
  await mkdir(join(folder, 'logs'));
  const port = await freePort();
  const shown = (await shownFiles()).get('/etc/nginx/conf.d/annals.conf') ?? '';
  const site = shown
    .replace('server 127.0.0.1:9000;', `server 127.0.0.1:${serverPort};`)
    .replace('listen 80;', `listen 127.0.0.1:${port};`);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  await writeFile(
    join(folder, 'nginx.conf'),
    `pid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${paths.join('\n')}\n${site}}\n`,
  );
  const words = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', 'daemon off;'];
  const nginx: ChildProcess = spawn('nginx', words, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  nginx.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = once(nginx, 'close');
  onTestFinished(async () => {
    nginx.kill('SIGTERM');
    await ended;
  });
  await until(async () => {
    expect(nginx.exitCode, errors).toBe(null);
    const connection = await RawConnection.tryOpen(port);
    const isOpen = !connection.isClosed;
    connection.destroy();
    return isOpen;
  });
  return { port, endpoint: `http://127.0.0.1:${port}` };
}

it('appends, followers and long bodies pass through nginx', async () => {
  const folder = makeTemporaryFolder();
  const settings = join(folder, 'annals.yaml');
  await writeFile(settings, 'trusted-proxies: [127.0.0.1]\n');
  const server = await startServerProcess({
    data: join(folder, 'data'),
    buckets: ['logs'],
    flags: ['--config', settings],
  });
  onTestFinished(() => server.stop().then(() => undefined));
  const { port, endpoint } = await startNginx(server.port);
  const { accessKeyId, accessKeySecret } = server;
  const client = createClient({ endpoint, accessKeyId, accessKeySecret });

  // A follower gets each line before the next one is written: nothing waits in a buffer of the proxy.
  await client.appendObject({ bucket: 'logs', key: 'a.log', position: 0, body: '' });
  const lines = client.followLines('logs', 'a.log')[Symbol.asyncIterator]();
  let position = 0;
  for (const word of ['one', 'two', 'three']) {
    ({ nextPosition: position } = await client.appendObject({
      bucket: 'logs',
      key: 'a.log',
      position,
      body: `${word}\n`,
    }));
    const { value } = (await lines.next()) as IteratorResult<FollowedLine, undefined>;
    expect(value?.text).toBe(word);
  }
  await lines.return?.();
  // The same for a stream that one answer carries.
  const { url } = await client.presignUrl({ bucket: 'logs', key: 'a.log', query: { follow: '', position: 'end' } });
  const body = (await fetch(url)).body?.getReader();
  await client.appendObject({ bucket: 'logs', key: 'a.log', position, body: 'four\n' });
  const chunk = await body?.read();
  expect(new TextDecoder().decode(chunk?.value)).toBe('four\n');
  await body?.cancel();

  // 5 GiB reach the server, which asks for a signature; one byte more does not.
  expect(await statusOf(port, 5 * 1024 ** 3)).toBe(403);
  expect(await statusOf(port, 5 * 1024 ** 3 + 1)).toBe(413);

  // The server believes the proxy about the client's address.
  await fetch(`${endpoint}/logs/none`, { headers: { 'X-Forwarded-For': '203.0.113.9' } });
  await until(() => server.output().stderr.includes('"clientAddress":"203.0.113.9"'));
});

/** Sends the head of an upload of that length. @returns The status of the answer. */
async function statusOf(port: number, bodyLength: number): Promise<number> {
  const connection = await RawConnection.open(port);
  await connection.send(`PUT /logs/long HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${bodyLength}\r\n\r\n`);
  const { status } = await connection.readAnswer();
  connection.destroy();
  return status;
}
