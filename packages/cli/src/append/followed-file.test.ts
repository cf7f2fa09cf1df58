/** A file that grows, is rotated and cut is read once, byte for byte. */
import { appendFileSync, mkdirSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc64 } from '@annals/checksum';
import { beforeEach, describe, expect, it } from 'vitest';
import { makePipe } from '../../../../test/harness/make-pipe.js';
import { makeTemporaryFolder } from '../../../../test/harness/temporary-folder.js';
import { until } from '../../../../test/harness/until.js';
import { type FollowedFileOptions, followFile } from './followed-file.js';
import type { FileGeneration } from './source-chunk.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = makeTemporaryFolder();
  path = join(folder, 'app.log');
});

/** A reader under way, and what it has given. */
interface Reading {
  text: string;
  readonly generations: FileGeneration[];
  readonly warnings: string[];
  stop(): Promise<void>;
}

function read(options: Partial<FollowedFileOptions> = {}): Reading {
  const stopping = new AbortController();
  const reading: Reading = {
    text: '',
    generations: [],
    warnings: [],
    async stop() {
      stopping.abort();
      await ended;
    },
  };
  const ended = (async () => {
    const chunks = followFile({
      path,
      start: undefined,
      isFollowed: true,
      isFromEnd: false,
      stop: stopping.signal,
      warn: (message) => reading.warnings.push(message),
      ...options,
    });
    for await (const chunk of chunks) {
      if (chunk.kind === 'begin') reading.generations.push(chunk.generation);
      else reading.text += Buffer.from(chunk.bytes).toString();
    }
  })();
  return reading;
}

/** Where a reader stopped that had read the whole file. */
function endOf(file: string, content: string): FileGeneration {
  const { dev: device, ino: inode } = statSync(file);
  const head = Buffer.from(content).subarray(0, 256);
  return { device, inode, offset: content.length, head: { length: head.length, crc64: crc64(head) } };
}

describe('followFile', () => {
  it('gives what is there and what is added, until it is stopped', async () => {
    writeFileSync(path, 'one\n');
    const reading = read();
    await until(() => reading.text === 'one\n');
    appendFileSync(path, 'two\n');
    await until(() => reading.text === 'one\ntwo\n');
    await reading.stop();
    expect(reading.generations).toHaveLength(1);
  });

  it('waits for a file that does not exist yet, and says so', async () => {
    const reading = read();
    await until(() => reading.warnings.length > 0);
    writeFileSync(path, 'one\n');
    await until(() => reading.text === 'one\n');
    await reading.stop();
    expect(reading.warnings).toEqual([`${path} does not exist; waiting for it`]);
  });

  it('reads a renamed file to its end, and then the one that took its place', async () => {
    writeFileSync(path, 'one\n');
    const reading = read();
    await until(() => reading.text === 'one\n');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'three\n');
    appendFileSync(`${path}.1`, 'two\n');
    await until(() => reading.text === 'one\ntwo\nthree\n');
    await reading.stop();
    expect(reading.generations.map(({ offset }) => offset)).toEqual([0, 0]);
  });

  it('reads a file that was cut from its start', async () => {
    writeFileSync(path, 'one\ntwo\n');
    const reading = read();
    await until(() => reading.text === 'one\ntwo\n');
    truncateSync(path, 0);
    await until(() => reading.warnings.length > 0);
    appendFileSync(path, 'three\n');
    await until(() => reading.text === 'one\ntwo\nthree\n');
    await reading.stop();
    expect(reading.warnings).toEqual([`${path} was cut from 8 to 0 bytes; reading it from its beginning`]);
  });

  it.each([
    ['shorter', 'new\n'],
    ['as long', 'new1\nnew2\n'],
    ['longer', 'new1\nnew2\nnew3\n'],
  ])('reads a file from its start that was cut and is %s again before anybody looked', async (_, content) => {
    writeFileSync(path, 'old1\nold2\n');
    const reading = read();
    await until(() => reading.text === 'old1\nold2\n');
    writeFileSync(path, content);
    await until(() => reading.text === `old1\nold2\n${content}`);
    appendFileSync(path, 'more\n');
    await until(() => reading.text === `old1\nold2\n${content}more\n`);
    await reading.stop();
    expect(reading.warnings).toHaveLength(1);
  });

  it('reads a file on from where it began that was cut and has grown again', async () => {
    writeFileSync(path, 'old1\nold2\n');
    const reading = read({ start: { ...endOf(path, 'old1\n'), offset: 5 } });
    await until(() => reading.text === 'old2\n');
    writeFileSync(path, 'new1\nnew2\nnew3\n');
    await until(() => reading.text === 'old2\nnew1\nnew2\nnew3\n');
    await reading.stop();
  });

  it('goes on in a file that was rotated meanwhile, and reads all that were rotated after it', async () => {
    writeFileSync(path, 'one\n');
    const start = endOf(path, 'one\n');
    appendFileSync(path, 'two\n');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'three\n');
    renameSync(`${path}.1`, `${path}.2`);
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'four\n');
    const reading = read({ start });
    await until(() => reading.text === 'two\nthree\nfour\n');
    await reading.stop();
    expect(reading.warnings).toEqual([]);
  });

  it('does not take another file for the one that it read, even if it has its number', async () => {
    writeFileSync(path, 'another beginning\n');
    const start = { ...endOf(path, 'another beginning\n'), head: { length: 4, crc64: crc64(Buffer.from('once')) } };
    const reading = read({ start });
    await until(() => reading.text === 'another beginning\n');
    await reading.stop();
    expect(reading.warnings).toEqual([
      `${path} was cut or replaced since 18 bytes of it were read; reading it from its start`,
    ]);
  });

  it('begins at the end where only what comes is wanted', async () => {
    writeFileSync(path, 'old\n');
    const reading = read({ isFromEnd: true });
    await until(() => reading.generations.length === 1);
    appendFileSync(path, 'new\n');
    await until(() => reading.text === 'new\n');
    await reading.stop();
    expect(reading.generations[0]?.offset).toBe(4);
  });

  it('reads a file once where it is not followed', async () => {
    writeFileSync(path, 'one\n');
    const reading = read({ isFollowed: false });
    await until(() => reading.text === 'one\n');
    await reading.stop();
  });

  it.each([
    ['folder', 'it is a folder', () => mkdirSync(path)],
    ['pipe', 'it is no regular file', () => makePipe(path)],
  ])('says that a path is a %s', async (_, message, make) => {
    make();
    const chunks = followFile({
      path,
      start: undefined,
      isFollowed: true,
      isFromEnd: false,
      stop: new AbortController().signal,
      warn: () => undefined,
    });
    await expect(chunks.next().then(() => chunks.next())).rejects.toThrow(`${path}: ${message}`);
  });
});
