/** Where an operation's file is: its name leads there. */
import { readdirSync } from 'node:fs';
import { OPERATION_NAMES, OPERATIONS, type OperationName } from '@annals/protocol';
import { describe, expect, test } from 'vitest';
import { OPERATION_ROWS } from './table.js';

/** The rooms with operations, and what else is in a file's name besides an operation's own. */
const ROOMS = ['service', 'bucket', 'object', 'upload'] as const;

type Room = (typeof ROOMS)[number];

/** A request has the scope of its room; multipart uploads have one of their own. */
function roomOf(name: OperationName): Room {
  const { scope, query } = OPERATIONS[name];
  if (query.includes('uploads') || query.includes('uploadId')) return 'upload';
  return scope === 'any' ? 'object' : scope;
}

/** `GetBucketInfo` is `get-bucket-info`. */
function kebab(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
}

/** What an operation is about: its name without the verb. */
function subjectOf(name: OperationName): string {
  return kebab(name).replace(/^[a-z]+-/, '');
}

/** Files of a room, without endings. */
function filesOf(room: Room): readonly string[] {
  return readdirSync(new URL(`./${room}/`, import.meta.url))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.replace(/\.ts$/, ''));
}

const files: Readonly<Record<Room, readonly string[]>> = {
  service: filesOf('service'),
  bucket: filesOf('bucket'),
  object: filesOf('object'),
  upload: filesOf('upload'),
};

const built = OPERATION_NAMES.filter((name) => OPERATION_ROWS[name].effect !== 'not built');

/**
 * The file an operation must be in: its own, or that of its subject, or that of the thing its subject is a part of
 * (`live-channel` for the status of one). The longest of these that there is.
 */
function fileOf(name: OperationName): string | undefined {
  const room = files[roomOf(name)];
  if (room.includes(kebab(name))) return kebab(name);
  const words = subjectOf(name).split('-');
  const subjects = words.map((_, index) => words.slice(0, words.length - index).join('-'));
  return subjects.find((subject) => room.includes(subject));
}

test.each(built)('%s leads to its file', async (name) => {
  const file = fileOf(name);
  expect(file, `a file for ${name} in ${roomOf(name)}`).toBeDefined();
  const module = (await import(`./${roomOf(name)}/${file}.ts`)) as Readonly<Record<string, unknown>>;
  expect(Object.values(module)).toContain(OPERATION_ROWS[name]);
});

describe.each(ROOMS)('%s', (room) => {
  const names = built.filter((name) => roomOf(name) === room);

  test.each(files[room])('%s holds one operation, or those on one sub-resource', (file) => {
    const here = names.filter((name) => fileOf(name) === file);
    expect(here, 'operations are here, and helpers elsewhere').not.toEqual([]);
    if (here.length === 1) return;
    // What is named alike is one thing (`wormId` of `worm`); everything else shares its sub-resource with it.
    const own = new Set(here.filter((name) => subjectOf(name) === file).map((name) => OPERATIONS[name].query[0]));
    for (const name of here) {
      if (subjectOf(name) !== file) expect(own, name).toContain(OPERATIONS[name].query[0]);
    }
  });
});
