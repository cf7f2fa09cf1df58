import { expect, it } from 'vitest';
import { loadConfiguration } from './load-configuration.js';
import { InvalidMetadataLocation, parseMetadataLocation } from './metadata-location.js';

const load = (metadata: unknown) => () => loadConfiguration({ storage: { metadata } } as never, undefined);

it('metadata lies in the data folder, or in a database', () => {
  expect(load(undefined)()).toMatchObject({ storage: { metadata: 'lmdb' } });
  for (const url of ['postgres://annals@db/annals', 'postgresql://a:5432,b:5432/annals?sslmode=require']) {
    expect(load(url)()).toMatchObject({ storage: { metadata: url } });
    expect(parseMetadataLocation(url)).toEqual({ kind: 'postgres', url, tuning: {} });
  }
});

it('anything else is refused by name, and no message holds a password', () => {
  for (const text of [
    '',
    'sqlite',
    'mysql://root:my-secret@db/annals',
    'postgres:/annals:my-secret@db',
    ' postgres://annals:my-secret@db/annals',
  ]) {
    let message = '';
    try {
      load(text)();
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('storage.metadata: ');
    expect(message).not.toContain('my-secret');
    expect(() => parseMetadataLocation(text)).toThrow(InvalidMetadataLocation);
  }
  expect(load(5)).toThrow('storage.metadata: expected "lmdb" or a database');
});

it('what the engine is told stands in the URL, beside what all clients of PostgreSQL know', () => {
  const text =
    'postgres://annals@db/annals?connections=40&sslmode=require&schema=two&statement-timeout=5s&connect-timeout=250ms&patience=1m&resolve-timeout=90s&watch-interval=100ms&allow-data-loss=yes';
  expect(parseMetadataLocation(text)).toEqual({
    kind: 'postgres',
    url: 'postgres://annals@db/annals?sslmode=require',
    tuning: {
      connectionCountMax: 40,
      schema: 'two',
      statementTimeoutMs: 5000,
      connectTimeoutMs: 250,
      patienceMs: 60_000,
      resolveTimeoutMs: 90_000,
      watchIntervalMs: 100,
      allowsDataLoss: true,
    },
  });
});

it.each([
  ['conections=9', 'expected no parameter "conections", but only sslmode, .*connections'],
  ['connections=7', 'expected connections of 8 to 1000'],
  ['connections=', 'expected connections of 8'],
  ['connections=20&connections=30', 'expected parameter "connections" once'],
  ['schema=Annals', 'expected a schema of small letters'],
  ['statement-timeout=5', 'as statement-timeout, from 1000ms to 600s'],
  ['resolve-timeout=10m', 'as resolve-timeout, from 1000ms to 300s'],
  ['patience=long', 'as patience'],
  ['allow-data-loss=true', 'expected allow-data-loss "yes" or "no"'],
])('the parameter %s is refused', (parameters, message) => {
  expect(load(`postgres://annals:my-secret@db/annals?${parameters}`)).toThrow(new RegExp(message));
});
