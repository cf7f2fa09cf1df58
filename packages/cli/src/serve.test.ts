/** `annals serve` as its users meet it: a process with flags, environment, a data folder, two streams and signals. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@annals/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RawConnection } from '../../../test/harness/raw-connection.js';
import { type AnnalsProcess, type Ended, readyUrl, startAnnals } from './testing/annals-process.js';

const KEYS = { ANNALS_ROOT_ACCESS_KEY_ID: 'test-id', ANNALS_ROOT_ACCESS_KEY_SECRET: 'test-secret' };

let folder: string;
let started: AnnalsProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'annals-serve-'));
  started = [];
});

afterEach(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

function serve(words: readonly string[], environment: Readonly<Record<string, string>> = KEYS): AnnalsProcess {
  const server = startAnnals(['serve', ...words], { folder, environment });
  started.push(server);
  return server;
}

function stop({ child, ended }: AnnalsProcess): Promise<Ended> {
  child.kill('SIGTERM');
  return ended;
}

function clientOf(endpoint: string): Client {
  return createClient({ endpoint, accessKeyId: 'test-id', accessKeySecret: 'test-secret' });
}

async function bucketNames(client: Client): Promise<string[]> {
  const names: string[] = [];
  for await (const { buckets } of client.listBuckets()) names.push(...buckets.map((bucket) => bucket.name));
  return names;
}

describe('annals serve', () => {
  it('prints one line when it is ready, serves, and ends with 0 after SIGTERM', async () => {
    const server = serve(['--port', '0', '--bucket', 'logs', '--bucket', 'video']);
    const client = clientOf(await readyUrl(server));
    expect(await bucketNames(client)).toEqual(['logs', 'video']);
    const { code, output } = await stop(server);
    expect(code).toBe(0);
    expect(output).toMatch(/^annals listening on [^\n]+\n$/);
    expect(statSync(join(folder, 'annals-data')).mode & 0o777).toBe(0o700);
  });

  it('ends with 0 after SIGINT', async () => {
    const server = serve(['--port', '0']);
    await readyUrl(server);
    server.child.kill('SIGINT');
    expect((await server.ended).code).toBe(0);
  });

  it('keeps what it acknowledged over a restart, and leaves existing buckets alone', async () => {
    const first = serve(['--port', '0', '--bucket', 'logs']);
    const { nextPosition } = await clientOf(await readyUrl(first)).appendObject({
      bucket: 'logs',
      key: 'app.log',
      position: 0,
      body: 'one line\n',
    });
    await stop(first);
    const second = serve(['--port', '0', '--bucket', 'logs']);
    const head = await clientOf(await readyUrl(second)).headObject({ bucket: 'logs', key: 'app.log' });
    expect(head).toMatchObject({ length: 9, nextPosition });
  });

  it('refuses a data folder that another process has open, naming both', async () => {
    const first = serve(['--port', '0']);
    await readyUrl(first);
    const { code, output, errors } = await serve(['--port', '0']).ended;
    expect(code).toBe(1);
    expect(output).toBe('');
    expect(errors).toBe(
      `annals: Cannot use the data folder ${join(folder, 'annals-data')}: process ${first.child.pid} has it open; stop that process, or choose another folder with --data\n`,
    );
  });

  it('takes over the folder of a process that was killed', async () => {
    const first = serve(['--port', '0']);
    await readyUrl(first);
    first.child.kill('SIGKILL');
    await first.ended;
    await readyUrl(serve(['--port', '0']));
  });

  it('says that the port is taken', async () => {
    const occupant = createSocketServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const address = occupant.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, errors } = await serve(['--port', String(port)]).ended;
    occupant.close();
    expect(code).toBe(1);
    expect(existsSync(join(folder, 'annals-data'))).toBe(false);
    expect(errors).not.toContain('shown only this once');
    expect(errors).toContain(
      `annals: Cannot listen on 127.0.0.1:${port}: another process listens there; stop it, or choose another port with --port\n`,
    );
  });

  it('says that the data folder is a file', async () => {
    writeFileSync(join(folder, 'annals-data'), '');
    const { code, errors } = await serve(['--port', '0']).ended;
    expect(code).toBe(1);
    expect(errors).toMatch(/^annals: Cannot use the data folder .*annals-data: something on its path is not a folder/);
  });

  it('says that something above the data folder is a file', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { code, errors } = await serve(['--port', '0', '--data', 'file/data']).ended;
    expect(code).toBe(1);
    expect(errors).toMatch(/^annals: Cannot use the data folder .*file\/data: something on its path is not a folder/);
  });

  it('tells every problem of flags, file and environment at once and ends with 2', async () => {
    writeFileSync(join(folder, 'annals.yaml'), 'prot: 1\nlimits: { body-length: huge }\n');
    const { code, output, errors } = await serve(['--port', 'x', '--config', 'annals.yaml'], {
      ANNALS_ROOT_ACCESS_KEY_ID: 'only-half',
    }).ended;
    expect(code).toBe(2);
    expect(output).toBe('');
    expect(errors).toBe(`annals: Cannot use the configuration, 4 problems:
  ANNALS_ROOT_ACCESS_KEY_SECRET: not set although ANNALS_ROOT_ACCESS_KEY_ID is; set both or neither
  --port: expected a whole number from 0 to 65535, got "x"
  annals.yaml: limits.body-length: expected a size such as 5GiB, 64KiB or a number of bytes, got "huge"
  annals.yaml: prot: unknown setting, did you mean "port"?
`);
    expect(readdirSync(folder)).toEqual(['annals.yaml']);
  });

  it('never repeats a secret it cannot use', async () => {
    const { code, errors } = await serve([], { ...KEYS, ANNALS_ROOT_ACCESS_KEY_SECRET: 'with space' }).ended;
    expect(code).toBe(2);
    expect(errors).toContain('ANNALS_ROOT_ACCESS_KEY_SECRET: expected 1 to 128 visible ASCII characters');
    expect(errors).not.toContain('with space');
  });

  it.each([['--prot', '1'], ['surplus']])('ends with 2 on the unknown word %s', async (...words) => {
    const { code, output, errors } = await serve(words).ended;
    expect(code).toBe(2);
    expect(output).toBe('');
    expect(errors).toContain('error: ');
  });
});

describe('the root key pair', () => {
  it('is made once, shown once on standard error, and kept private in the data folder', async () => {
    const first = serve(['--port', '0', '--bucket', 'logs'], {});
    const endpoint = await readyUrl(first);
    const path = join(folder, 'annals-data', 'root-access-key.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const kept = JSON.parse(readFileSync(path, 'utf8'));
    expect(await bucketNames(createClient({ endpoint, ...kept }))).toEqual(['logs']);
    const { output, errors } = await stop(first);
    expect(errors).toContain(
      `\nexport OSS_ACCESS_KEY_ID=${kept.accessKeyId}\nexport OSS_ACCESS_KEY_SECRET=${kept.accessKeySecret}\n`,
    );
    expect(output).not.toContain(kept.accessKeySecret);

    const second = serve(['--port', '0'], {});
    await readyUrl(second);
    const { errors: laterErrors } = await stop(second);
    expect(laterErrors).not.toContain(kept.accessKeySecret);
    // The lines of a later start read the file, and a shell has the same pair.
    const lines = laterErrors.split('\n').filter((line) => line.startsWith('export '));
    const script = `${lines.join('\n')}\nprintf '%s %s' "$OSS_ACCESS_KEY_ID" "$OSS_ACCESS_KEY_SECRET"`;
    const shell = execFileSync('sh', ['-euc', script], { env: { PATH: process.env.PATH } });
    expect(shell.toString()).toBe(`${kept.accessKeyId} ${kept.accessKeySecret}`);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(kept);
  });

  it('is not made when the environment has one', async () => {
    const server = serve(['--port', '0']);
    await readyUrl(server);
    expect(readdirSync(join(folder, 'annals-data'))).not.toContain('root-access-key.json');
    expect((await stop(server)).errors).not.toContain('export');
  });

  it('is not replaced when its file is damaged', async () => {
    const first = serve(['--port', '0'], {});
    await readyUrl(first);
    await stop(first);
    const path = join(folder, 'annals-data', 'root-access-key.json');
    writeFileSync(path, '{"accessKeyId": "half');
    const { code, errors } = await serve(['--port', '0'], {}).ended;
    expect(code).toBe(1);
    expect(errors).toMatch(/^annals: Cannot use the root key pair in .*root-access-key\.json: expected/);
    expect(readFileSync(path, 'utf8')).toBe('{"accessKeyId": "half');
  });
});

describe('shutdown', () => {
  it('lets a request under way finish', async () => {
    const server = serve(['--port', '0', '--bucket', 'logs']);
    const endpoint = await readyUrl(server);
    const { appending, finish } = await beginAppend(endpoint);
    server.child.kill('SIGTERM');
    await refused(endpoint);
    finish();
    expect(await appending).toMatchObject({ nextPosition: HELD_BODY_LENGTH });
    expect((await server.ended).code).toBe(0);

    const again = serve(['--port', '0']);
    const head = await clientOf(await readyUrl(again)).headObject({ bucket: 'logs', key: 'slow' });
    expect(head.length).toBe(HELD_BODY_LENGTH);
  });

  it('gives up what does not finish within timeouts.shutdown, without storing any of it', async () => {
    writeFileSync(join(folder, 'annals.yaml'), 'timeouts: { shutdown: 50ms }\n');
    const server = serve(['--port', '0', '--bucket', 'logs', '--config', 'annals.yaml']);
    const { appending } = await beginAppend(await readyUrl(server));
    expect((await stop(server)).code).toBe(0);
    expect(await appending).toMatchObject({ code: 'NetworkFailed', outcome: 'unknown' });

    const again = serve(['--port', '0']);
    const looking = clientOf(await readyUrl(again)).headObject({ bucket: 'logs', key: 'slow' });
    await expect(looking).rejects.toMatchObject({ code: 'NoSuchKey' });
  });

  it('ends at once, and not with 0, on a second signal', async () => {
    const server = serve(['--port', '0', '--bucket', 'logs']);
    const endpoint = await readyUrl(server);
    const { appending } = await beginAppend(endpoint);
    server.child.kill('SIGTERM');
    await refused(endpoint);
    server.child.kill('SIGTERM');
    expect((await server.ended).code).toBe(143);
    expect(await appending).toMatchObject({ outcome: 'unknown' });
  });
});

/** More than the kernel holds between two processes: when almost all of it is gone, the server must be reading it. */
const HELD_CHUNK_COUNT = 32;
const HELD_CHUNK = Buffer.alloc(1024 ** 2, 'x');
const HELD_BODY_LENGTH = HELD_CHUNK_COUNT * HELD_CHUNK.length;

/** Begins an append and holds back the last chunk of its body until `finish` is called; `appending` never rejects. */
async function beginAppend(
  endpoint: string,
): Promise<{ readonly appending: Promise<unknown>; readonly finish: () => void }> {
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let appending: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve) => {
    async function* heldBody(): AsyncGenerator<Uint8Array> {
      for (let count = 1; count < HELD_CHUNK_COUNT; count += 1) yield HELD_CHUNK;
      resolve();
      await finished;
      yield HELD_CHUNK;
    }
    const body = { stream: heldBody(), length: HELD_BODY_LENGTH };
    appending = clientOf(endpoint)
      .appendObject({ bucket: 'logs', key: 'slow', position: 0, body })
      .catch((error: unknown) => error);
  });
  return { appending, finish };
}

/** Resolves once the server accepts no connection any more. */
async function refused(endpoint: string): Promise<void> {
  const port = Number(new URL(endpoint).port);
  await expect
    .poll(async () => {
      const connection = await RawConnection.tryOpen(port);
      const isRefused = connection.isClosed;
      connection.destroy();
      return isRefused;
    })
    .toBe(true);
}
