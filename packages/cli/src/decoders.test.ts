/**
 * What the command reads that another process wrote: files, rows in a backup, answers of servers. Of any JSON each
 * decoder gives a value, or the one error that it documents; and that error quotes nothing of a file of keys.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineFailure } from '@annals/store';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectTotalDecoder } from '../../../test/harness/stored-shape.js';
import { temporaryFolder } from '../../../test/harness/temporary-folder.js';
import { keyPairSchema, readAnswer, readPart } from './admin/read-answer.js';
import { BackupDamaged, decodeManifest } from './backup/backup-format.js';
import { RESTORE_MARKER, readRestoreMark } from './backup/restore-marker.js';
import { formatVersionOf, masterKeyIdOf, sealingKeyIdOf } from './backup/row-facts.js';
import { CommandFailure } from './command-failure.js';
import { readUndoLog } from './fsck/undo-log.js';
import { openRootKeys, ROOT_KEY_FILE_NAME } from './serve/open-root-keys.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(() => folder.remove());

const isCommandFailure = (error: unknown): boolean => error instanceof CommandFailure;
const isCorrupt = (error: unknown): boolean => error instanceof EngineFailure && error.reason.kind === 'corrupt';

test('answers of servers', () => {
  expectTotalDecoder(
    (text) => readPart(readAnswer(text.toString('utf8')), 'accessKey', keyPairSchema),
    isCommandFailure,
  );
  expect(readAnswer('{"a":1}')).toEqual({ a: 1 });
  for (const text of ['', '[]', 'null', '"a"', '7']) expect(readAnswer(text)).toBeUndefined();
  expect(() => readPart({ accessKeyId: 'a', accessKeySecret: ['hunter2'] }, 'accessKey', keyPairSchema)).toThrow(
    'Cannot understand "accessKey.accessKeySecret" of the answer: Invalid input: expected string, received array; is the server of this version?',
  );
});

test('manifests of backups, their checksum being right', () => {
  expectTotalDecoder(
    (text) => {
      const [line = ''] = text.toString('utf8').split('\n');
      const sum = createHash('sha256').update(line).digest('hex');
      return decodeManifest('manifests/x.json', Buffer.from(`${line}\n${sum}\n`));
    },
    (error) => error instanceof BackupDamaged,
  );
});

test.each([
  ['the format', Buffer.from('F'), formatVersionOf],
  ['a data key', Buffer.from('Kid'), sealingKeyIdOf],
  ['an access key', Buffer.from('Akid'), masterKeyIdOf],
])('rows in a backup: %s', (_, key, read) => {
  expectTotalDecoder((value) => read({ key, value }), isCorrupt);
});

/** Texts that are no file of this kind, or one almost. */
const texts = fc.oneof(
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.record({ accessKeyId: fc.jsonValue(), accessKeySecret: fc.jsonValue() }).map((value) => JSON.stringify(value)),
  fc.record({ name: fc.jsonValue(), changes: fc.jsonValue() }).map((value) => JSON.stringify(value)),
  fc.record({ backup: fc.jsonValue() }).map((value) => JSON.stringify(value)),
  fc.string(),
);

test.each<[string, string, (path: string) => Promise<unknown>]>([
  ['undo files', 'undo.jsonl', (path) => readUndoLog(join(path, 'undo.jsonl'))],
  ['marks of restorations', RESTORE_MARKER, readRestoreMark],
  ['root key pairs', ROOT_KEY_FILE_NAME, (path) => openRootKeys(path, { given: undefined, file: undefined })],
])('%s', async (_, name, read) => {
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      writeFileSync(join(folder.path, name), text);
      const outcome = await read(folder.path).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(CommandFailure);
    }),
    { numRuns: 200, seed: 5 },
  );
});
