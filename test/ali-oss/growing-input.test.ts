/**
 * The users' main job, with real input: a video that is still being made and a log that is still being written are
 * appended piece by piece through the official SDK while a second client polls the length and reads what is new, as the
 * user's guide describes.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, open, readFile, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { crc64, formatCrc64 } from '@annals/checksum';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AliClient, type AliError, aliClient } from '../harness/ali-oss.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

const require = createRequire(import.meta.url);
const ffmpeg = (require('@ffmpeg-installer/ffmpeg') as { path: string }).path;
const ffprobe = (require('@ffprobe-installer/ffprobe') as { path: string }).path;
const run = promisify(execFile);
const bucket = 'camera-recordings';
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeAll(async () => {
  // The packages carry the binaries, but an unpack without install scripts may lose the executable bit.
  await Promise.all([chmod(ffmpeg, 0o755), chmod(ffprobe, 0o755)]);
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: [bucket] });
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

/**
 * Appends the file as it grows, until `producer` has ended and its last byte is appended. @returns The CRC-64 header of
 * each answer.
 */
async function appendWhileGrowing(
  client: AliClient,
  key: string,
  path: string,
  producer: ChildProcess,
): Promise<string[]> {
  const checksums: string[] = [];
  let isEnded = false;
  let position = 0;
  const ended = once(producer, 'exit').then(() => {
    isEnded = true;
  });
  while ((await stat(path).catch(() => undefined)) === undefined) await delay(10);
  const file = await open(path);
  for (;;) {
    const wasEnded = isEnded;
    const piece = Buffer.alloc(64 * 1024);
    const { bytesRead } = await file.read(piece, 0, piece.length, position);
    if (bytesRead === 0) {
      if (wasEnded) break;
      await delay(20);
      continue;
    }
    const result = await client.append(key, piece.subarray(0, bytesRead), { position });
    checksums.push(String(result.res.headers['x-oss-hash-crc64ecma']));
    expect(result.nextAppendPosition).toBe(String(position + bytesRead));
    position += bytesRead;
  }
  await file.close();
  await ended;
  return checksums;
}

/** Polls the length and reads what is new, until `isComplete` and everything is read. */
async function readWhileGrowing(
  client: AliClient,
  key: string,
  isComplete: () => boolean,
): Promise<{ bytes: Buffer; reads: number }> {
  const pieces: Buffer[] = [];
  let length = 0;
  let reads = 0;
  for (;;) {
    const wasComplete = isComplete();
    const head = await client.head(key).catch((error: AliError) => {
      if (error.status === 404) return undefined;
      throw error;
    });
    const current = Number(head?.res.headers['content-length'] ?? 0);
    if (current > length) {
      expect(head?.res.headers['x-oss-next-append-position']).toBe(String(current));
      const { content, res } = await client.get(key, { headers: { Range: `bytes=${length}-${current - 1}` } });
      expect(res.status).toBe(206);
      expect(content.length).toBe(current - length);
      pieces.push(content);
      length = current;
      reads += 1;
    } else if (wasComplete) {
      return { bytes: Buffer.concat(pieces), reads };
    } else {
      await delay(15);
    }
  }
}

async function growAndFollow(key: string, path: string, producer: ChildProcess): Promise<Buffer> {
  let isComplete = false;
  const [checksums, followed] = await Promise.all([
    appendWhileGrowing(aliClient(server, bucket, 'v4'), key, path, producer).finally(() => {
      isComplete = true;
    }),
    readWhileGrowing(aliClient(server, bucket, 'v1', 'localhost-sld'), key, () => isComplete),
  ]);
  const original = await readFile(path);
  expect(followed.bytes.equals(original)).toBe(true);
  expect(followed.reads).toBeGreaterThan(1);
  expect(checksums.length).toBeGreaterThan(1);
  // Every answer carried the CRC-64 of the whole object at that moment; the last one is that of the file.
  expect(checksums.at(-1)).toBe(formatCrc64(crc64(original)));
  const whole = await aliClient(server, bucket).get(key);
  expect(whole.content.equals(original)).toBe(true);
  expect(whole.res.headers['x-oss-hash-crc64ecma']).toBe(checksums.at(-1));
  return whole.content;
}

/** @returns Packets of the only stream, an H.264 video, as the inspecting program counts them. */
type CountPackets = (path: string) => Promise<number>;

/** ffprobe must accept the file without a word on standard error. */
const countPacketsByProbe: CountPackets = async (path) => {
  const entries = 'stream=codec_name,nb_read_packets';
  const { stdout, stderr } = await run(ffprobe, [
    ...['-v', 'error', '-count_packets', '-show_entries', entries, '-of', 'json', path],
  ]);
  expect(stderr).toBe('');
  const { streams } = JSON.parse(stdout) as { streams: { codec_name: string; nb_read_packets: string }[] };
  expect(streams.map((stream) => stream.codec_name)).toEqual(['h264']);
  return Number(streams[0]?.nb_read_packets);
};

/**
 * The packaged ffprobe build crashes on any MPEG-TS file, stored or not, so ffmpeg itself demuxes and decodes those.
 */
const countPacketsByDecoding: CountPackets = async (path) => {
  const { stdout, stderr } = await run(ffmpeg, ['-v', 'error', '-i', path, '-f', 'framecrc', '-']);
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
};

describe('a growing video', () => {
  const seconds = 8;
  const source = ['-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=25:duration=${seconds}`];
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25'];
  for (const [name, extension, format, countPackets] of [
    [
      'fragmented MP4',
      'mp4',
      ['-movflags', 'frag_keyframe+empty_moov+default_base_moof', '-f', 'mp4'],
      countPacketsByProbe,
    ],
    ['MPEG-TS', 'ts', ['-f', 'mpegts'], countPacketsByDecoding],
  ] as const) {
    it(`${name} from ffmpeg, appended and followed while it is made`, async () => {
      const path = join(folder.path, `camera-1.${extension}`);
      const producer = spawn(
        ffmpeg,
        [
          '-y',
          '-hide_banner',
          '-loglevel',
          'error',
          '-re',
          ...source,
          ...encoder,
          '-flush_packets',
          '1',
          ...format,
          path,
        ],
        { stdio: 'inherit' },
      );
      const stored = await growAndFollow(`camera-1/2026-11-21.${extension}`, path, producer);
      expect(producer.exitCode).toBe(0);
      const copy = join(folder.path, `read-back.${extension}`);
      await writeFile(copy, stored);
      expect(await countPackets(copy)).toBe(25 * seconds);
      // As long as the film, and longer where encoding is slower than that.
    });
  }
});

describe('a growing log', () => {
  it('lines of a program that is still writing, appended and followed while they come', async () => {
    const path = join(folder.path, 'application.log');
    const program = `
      const { openSync, writeSync } = require('node:fs');
      const file = openSync(${JSON.stringify(path)}, 'w');
      let line = 0;
      const timer = setInterval(() => {
        for (let i = 0; i < 25; i += 1) writeSync(file, 'line ' + line++ + ' — ünïcode ' + 'x'.repeat(line % 200) + '\\n');
        if (line >= 5000) clearInterval(timer);
      }, 10);`;
    const producer = spawn(process.execPath, ['-e', program], { stdio: 'inherit' });
    const stored = await growAndFollow('logs/application.log', path, producer);
    expect(producer.exitCode).toBe(0);
    const lines = stored.toString('utf8').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines).toHaveLength(5000);
    lines.forEach((line, index) => {
      expect(line.startsWith(`line ${index} — ünïcode `)).toBe(true);
    });
  });
});
