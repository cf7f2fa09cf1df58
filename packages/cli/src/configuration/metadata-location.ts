/**
 * Where metadata and small bodies are stored, as an operator writes it: `lmdb`, or a PostgreSQL database as
 * `postgres://USER@HOST/DATABASE?NAME=VALUE`. Takes the parameters of the engine out of the URL; leaves out opening the
 * place (`../serve/open-metadata.ts`), where the engine judges the rest.
 */
import { DURATION_FORM, parseDuration } from './quantities.js';

/** What the engine is told beside the URL; each left out where the URL says nothing. Times in ms. */
export interface DatabaseTuning {
  readonly schema?: string;
  readonly connectionCountMax?: number;
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  readonly patienceMs?: number;
  readonly resolveTimeoutMs?: number;
  readonly watchIntervalMs?: number;
  readonly allowsDataLoss?: boolean;
}

/** A database that several gateways may share. */
export interface DatabaseLocation {
  readonly kind: 'postgres';
  /** Without what is in `tuning`. May hold a password. */
  readonly url: string;
  readonly tuning: DatabaseTuning;
}

/** A database, or the data folder. */
export type MetadataLocation = { readonly kind: 'lmdb' } | DatabaseLocation;

/** A text is no location; the message says what was expected, and quotes no password. */
export class InvalidMetadataLocation extends Error {}

/** Parameters that the engine reads from the URL itself, as all clients of PostgreSQL name them. */
export const CONNECTION_PARAMETERS: readonly string[] = [
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'application_name',
  'host',
  'port',
];

type Reader = (text: string, name: string) => DatabaseTuning;

const CONNECTION_COUNT_MIN = 8;
const CONNECTION_COUNT_MAX = 1000;

const TUNING: Readonly<Record<string, Reader>> = {
  schema: (text) => {
    if (/^[a-z_][a-z0-9_]{0,62}$/.test(text)) return { schema: text };
    throw new InvalidMetadataLocation('expected a schema of small letters, digits and "_", not beginning with a digit');
  },
  connections: (text) => {
    const count = /^[0-9]{1,4}$/.test(text) ? Number(text) : Number.NaN;
    if (count >= CONNECTION_COUNT_MIN && count <= CONNECTION_COUNT_MAX) return { connectionCountMax: count };
    throw new InvalidMetadataLocation(`expected connections of ${CONNECTION_COUNT_MIN} to ${CONNECTION_COUNT_MAX}`);
  },
  'connect-timeout': (text, name) => ({ connectTimeoutMs: duration(text, name, 100, 60_000) }),
  'statement-timeout': (text, name) => ({ statementTimeoutMs: duration(text, name, 1000, 600_000) }),
  patience: (text, name) => ({ patienceMs: duration(text, name, 0, 600_000) }),
  'resolve-timeout': (text, name) => ({ resolveTimeoutMs: duration(text, name, 1000, 300_000) }),
  'watch-interval': (text, name) => ({ watchIntervalMs: duration(text, name, 10, 10_000) }),
  'allow-data-loss': (text) => {
    if (text === 'yes' || text === 'no') return { allowsDataLoss: text === 'yes' };
    throw new InvalidMetadataLocation('expected allow-data-loss "yes" or "no"');
  },
};

/** @throws {InvalidMetadataLocation} */
export function parseMetadataLocation(text: string): MetadataLocation {
  if (text === 'lmdb') return { kind: 'lmdb' };
  if (!/^postgres(?:ql)?:\/\//.test(text)) {
    throw new InvalidMetadataLocation('expected "lmdb" or a database such as postgres://USER@HOST:5432/DATABASE');
  }
  const start = text.indexOf('?');
  if (start < 0) return { kind: 'postgres', url: text, tuning: {} };
  let tuning: DatabaseTuning = {};
  const left: string[] = [];
  const seen = new Set<string>();
  for (const part of text.slice(start + 1).split('&')) {
    // In twos: a value may have the sign in it.
    const [[name = '', value = ''] = []] = [...new URLSearchParams(part)];
    if (seen.has(name)) throw new InvalidMetadataLocation(`expected parameter "${name}" once`);
    seen.add(name);
    const read = Object.hasOwn(TUNING, name) ? TUNING[name] : undefined;
    if (read !== undefined) tuning = { ...tuning, ...read(value, name) };
    else if (CONNECTION_PARAMETERS.includes(name)) left.push(part);
    else throw unknownParameter(name);
  }
  return { kind: 'postgres', url: text.slice(0, start) + (left.length > 0 ? `?${left.join('&')}` : ''), tuning };
}

/** Of a name alone: the value may be a secret that stands in the wrong place. */
function unknownParameter(name: string): InvalidMetadataLocation {
  const known = [...CONNECTION_PARAMETERS, ...Object.keys(TUNING)].join(', ');
  return new InvalidMetadataLocation(`expected no parameter "${name}", but only ${known}`);
}

function duration(text: string, name: string, minMs: number, maxMs: number): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
  throw new InvalidMetadataLocation(`expected ${DURATION_FORM} as ${name}, from ${minMs}ms to ${maxMs / 1000}s`);
}
