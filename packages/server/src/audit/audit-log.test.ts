import { open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../../../test/harness/temporary-folder.js';
import { type AppendableFile, AuditLog, type AuditLogOptions, AuditUnavailable } from './audit-log.js';
import type { AuditEvent } from './audit-record.js';
import { readAuditRecords, verifyAuditLog } from './verify-audit-log.js';

let folder: string;

beforeEach(async () => {
  folder = makeTemporaryFolder();
});

function event(action: string): AuditEvent {
  return { phase: 'event', action, actor: { kind: 'root', accessKeyId: 'AK' }, result: 'done' };
}

function openLog(change: Partial<AuditLogOptions> = {}): Promise<AuditLog> {
  return AuditLog.open({ folder, fileLengthBytesMax: 1024 * 1024, ...change });
}

async function writeEvents(count: number, change: Partial<AuditLogOptions> = {}): Promise<AuditLog> {
  const log = await openLog(change);
  for (let index = 0; index < count; index += 1) await log.append(event(`test.${index}`));
  return log;
}

async function paths(): Promise<string[]> {
  return (await readdir(folder)).sort().map((name) => join(folder, name));
}

async function actions(): Promise<string[]> {
  const found: string[] = [];
  for await (const { action } of readAuditRecords(folder)) found.push(action);
  return found;
}

describe('AuditLog', () => {
  test('records many at once in one chain, each durable when its promise resolves, and goes on after it was opened again', async () => {
    const log = await openLog();
    const heads = await Promise.all(Array.from({ length: 50 }, (_, index) => log.append(event(`test.${index}`))));
    expect(heads.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(log.head).toEqual(heads.at(-1));
    await log.close();
    const again = await openLog();
    expect(again.head).toEqual(heads.at(-1));
    await again.append(event('test.last'));
    await again.close();
    const verification = await verifyAuditLog(folder, { expected: again.head.hash });
    expect(verification).toMatchObject({ isIntact: true, recordCount: 51, head: again.head });
  });

  test('goes on in another file when one is full, and the chain goes over all of them', async () => {
    const log = await writeEvents(20, { fileLengthBytesMax: 1000 });
    await log.close();
    const files = await paths();
    expect(files.length).toBeGreaterThan(3);
    expect(await verifyAuditLog(folder)).toMatchObject({ isIntact: true, recordCount: 20, fileCount: files.length });
    // Older files that were moved elsewhere are missed, unless it is said where the chain goes on.
    const [first = ''] = files;
    const lastOfFirst = JSON.parse((await readFile(first, 'utf8')).trimEnd().split('\n').at(-1) ?? '') as {
      hash: string;
    };
    await rm(first);
    expect((await verifyAuditLog(folder)).isIntact).toBe(false);
    expect((await verifyAuditLog(folder, { since: lastOfFirst.hash })).isIntact).toBe(true);
    expect((await verifyAuditLog(folder, { since: '1'.repeat(64) })).isIntact).toBe(false);
  });

  test('every cut of the last line is named by the record behind it, however often it happens', async () => {
    const log = await writeEvents(3);
    await log.close();
    const [path = ''] = await paths();
    const whole = await readFile(path);
    const start = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
    for (let end = start + 1; end < whole.length; end += 7) {
      await writeFile(path, whole.subarray(0, end));
      expect(await verifyAuditLog(folder)).toMatchObject({ isIntact: true, incompleteLengthBytes: end - start });
      const opened = await writeEvents(1);
      await opened.close();
      // The second cut hits the record that names the first.
      const twice = await readFile(path);
      await writeFile(path, twice.subarray(0, end + 10));
      const last = await writeEvents(2);
      await last.close();
      expect(await verifyAuditLog(folder)).toMatchObject({
        isIntact: true,
        tornLineCount: 1,
        incompleteLengthBytes: 0,
      });
      expect(await actions()).toEqual(['test.0', 'test.1', 'audit.TornLine', 'test.0', 'test.1']);
    }
  });

  test('what a full disk cut short is refused, and the log goes on when there is room', async () => {
    let roomBytes = Number.POSITIVE_INFINITY;
    const log = await writeEvents(2, { openFile: (path) => limitedFile(path, () => roomBytes) });
    for (roomBytes = 0; roomBytes < 400; roomBytes += 37) {
      await expect(log.append(event('test.refused'))).rejects.toThrow(AuditUnavailable);
    }
    const before = log.head;
    roomBytes = Number.POSITIVE_INFINITY;
    const { sequence } = await log.append(event('test.room'));
    expect(sequence).toBeGreaterThan(before.sequence);
    await log.close();
    const verification = await verifyAuditLog(folder, { expected: before.hash });
    expect(verification).toMatchObject({ isIntact: true, incompleteLengthBytes: 0 });
    expect((await actions()).filter((action) => action !== 'audit.TornLine')).toEqual([
      'test.0',
      'test.1',
      'test.room',
    ]);
  });

  test('after a failed sync nothing is recorded before it is opened again', async () => {
    let isBroken = false;
    const log = await writeEvents(1, {
      async openFile(path) {
        const file = await limitedFile(path, () => Number.POSITIVE_INFINITY);
        return { ...file, sync: () => (isBroken ? Promise.reject(new Error('EIO')) : file.sync()) };
      },
    });
    isBroken = true;
    await expect(log.append(event('test.lost'))).rejects.toThrow(AuditUnavailable);
    isBroken = false;
    await expect(log.append(event('test.refused'))).rejects.toThrow('sync');
    await log.close();
    const again = await writeEvents(1);
    await again.close();
    expect((await verifyAuditLog(folder)).isIntact).toBe(true);
  });
});

describe('verifyAuditLog', () => {
  const tamperings: readonly [string, (lines: string[]) => string[]][] = [
    ['edited', (lines) => lines.map((line, index) => (index === 4 ? line.replace('test.4', 'test.x') : line))],
    ['edited last', (lines) => lines.map((line, index) => (index === 9 ? line.replace('test.9', 'test.x') : line))],
    ['removed', (lines) => lines.filter((_, index) => index !== 4)],
    ['first removed', (lines) => lines.slice(1)],
    ['inserted', (lines) => [...lines.slice(0, 4), lines[2] ?? '', ...lines.slice(4)]],
    ['strange line inserted', (lines) => [...lines.slice(0, 4), 'strange', ...lines.slice(4)]],
    ['empty line inserted', (lines) => [...lines.slice(0, 4), '', ...lines.slice(4)]],
    ['reordered', (lines) => [...lines.slice(0, 4), lines[5] ?? '', lines[4] ?? '', ...lines.slice(6)]],
    ['hash rewritten', (lines) => lines.map((line, index) => (index === 4 ? rewrite(line) : line))],
    ['spelt otherwise', (lines) => lines.map((line, index) => (index === 4 ? line.replace(':5,', ': 5,') : line))],
  ];

  test.each(tamperings)('finds what was %s, also when the log was written on since', async (_, tamper) => {
    const log = await writeEvents(10);
    await log.close();
    const [path = ''] = await paths();
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    await writeFile(path, `${tamper(lines).join('\n')}\n`);
    expect((await verifyAuditLog(folder)).faults.length).toBeGreaterThan(0);
    const again = await writeEvents(3);
    await again.close();
    expect((await verifyAuditLog(folder)).faults.length).toBeGreaterThan(0);
  });

  test('finds records cut off at the end, whole lines or not, by a hash that was noted', async () => {
    const log = await writeEvents(10);
    const noted = log.head.hash;
    await log.append(event('test.later'));
    await log.close();
    const [path = ''] = await paths();
    const text = await readFile(path, 'utf8');
    expect((await verifyAuditLog(folder, { expected: noted })).isIntact).toBe(true);
    for (const lineCount of [9, 1, 0]) {
      await writeFile(
        path,
        text
          .split('\n')
          .slice(0, lineCount)
          .map((line) => `${line}\n`)
          .join(''),
      );
      expect((await verifyAuditLog(folder, { expected: noted })).isIntact).toBe(false);
    }
  });

  test('tells which intents have no outcome', async () => {
    const log = await openLog();
    const actor = { kind: 'root' };
    const { sequence } = await log.append({ phase: 'intent', action: 'ram:CreateUser', actor });
    await log.append({ phase: 'intent', action: 'ram:DeleteUser', actor });
    await log.append({ phase: 'outcome', action: 'ram:CreateUser', actor, intent: sequence, result: 'done' });
    await log.close();
    expect((await verifyAuditLog(folder)).openIntents).toEqual([2]);
  });
});

/** A record whose own hash is right again after it was changed, but not the chain behind it. */
function rewrite(line: string): string {
  return line.replace(/"hash":"(.)/, (_, digit: string) => `"hash":"${digit === '0' ? '1' : '0'}`);
}

/** A file on a disk that has so much room, and takes what fits before it says that it is full. */
async function limitedFile(path: string, roomBytes: () => number): Promise<AppendableFile> {
  const file = await open(path, 'a', 0o600);
  return {
    async append(bytes) {
      const fitting = bytes.subarray(0, roomBytes());
      if (fitting.length > 0) await file.appendFile(fitting);
      if (fitting.length < bytes.length) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    },
    sync: () => file.datasync(),
    close: () => file.close(),
  };
}
