/** What an append writer can be told, checked and with its defaults filled in. */
import type { RetryOptions } from '../client-options.js';
import { AnnalsError } from '../error.js';
import type { ObjectAttributes } from '../operations/object/object-attributes.js';
import type { Backlog } from './backlog.js';
import { KeyPattern } from './key-pattern.js';

/** What a writer has made durable so far. */
export interface AppendWriterProgress {
  /** The object that is written now; `undefined` before the writer is open. */
  readonly key: string | undefined;
  /** Length of that object, in bytes. */
  readonly position: number;
  /** Of that whole object; `undefined` where others write it too. */
  readonly crc64: bigint | undefined;
  /** Bytes accepted since the writer, or its spool, began. */
  readonly acceptedBytes: number;
  /** Of these, bytes that are durable in objects. */
  readonly durableBytes: number;
  /** Of the others, bytes that are in the spool; 0 without one. */
  readonly spooledBytes: number;
}

/** When a writer with `{seq}` in its key goes on to the next object. It never does within a written chunk. */
export interface RollOptions {
  /** Bytes of an object at most, also where others write it, unless one chunk alone is longer. */
  readonly sizeBytes?: number;
  /** Age of an object at which the next batch goes to a new one. */
  readonly ageMs?: number;
}

/** How an append writer collects, sends and waits. */
export interface AppendWriterOptions extends ObjectAttributes {
  /**
   * Where the writer begins: `current` (default) wherever the object ends, a number if it has that length, `auto`
   * always at the end while others append too (an extension of Annals); a chunk then stays whole, however long.
   */
  readonly position?: number | 'current' | 'auto';
  /** Bytes of one append at most. Default 1 MiB. */
  readonly batchBytes?: number;
  /** How long an accepted byte waits for more of its batch. Default 200; 0 sends what is there. */
  readonly lingerMs?: number;
  /** Bytes in memory at which `write` waits. Default 16 MiB. Without meaning beside a spool. */
  readonly memoryBytesMax?: number;
  /** Where accepted bytes are kept until they are durable: `fileSpool` of `@annals/client/node`. Default: memory. */
  readonly spool?: Backlog;
  /** When a key with `{seq}` goes on to its next number. */
  readonly roll?: RollOptions;
  /** Fences writers with a lower number (an extension of Annals). */
  readonly writerEpoch?: number;
  /** How long a batch is tried. Default: for ever. */
  readonly retryForMs?: number;
  /** Pauses between tries; `attemptCountMax` has no meaning here. */
  readonly retry?: RetryOptions;
  /** How long one try may stand still. Default: the client's. */
  readonly timeoutMs?: number;
  /** Ends the writer at once, as `abort` does. */
  readonly signal?: AbortSignal;
  /** Called after each batch has become durable. */
  readonly onProgress?: (progress: AppendWriterProgress) => void;
  /** Called before each further try, with what became of the one before. */
  readonly onRetry?: (error: AnnalsError) => void;
}

/** Options with nothing left open. */
export interface AppendWriterSettings {
  readonly bucket: string;
  readonly pattern: KeyPattern;
  readonly attributes: ObjectAttributes;
  readonly position: number | 'current' | 'auto';
  readonly batchBytes: number;
  readonly lingerMs: number;
  readonly memoryBytesMax: number;
  readonly rollSizeBytes: number;
  readonly rollAgeMs: number;
  readonly retryForMs: number;
  readonly options: AppendWriterOptions;
}

const BATCH_BYTES_DEFAULT = 1024 * 1024;
const LINGER_MS_DEFAULT = 200;
const MEMORY_BYTES_MAX_DEFAULT = 16 * 1024 * 1024;

/**
 * Checks options.
 * @throws {AnnalsError} `InvalidInput`.
 */
export function readSettings(bucket: string, key: string, options: AppendWriterOptions): AppendWriterSettings {
  const pattern = new KeyPattern(key);
  const { position = 'current', roll = {} } = options;
  if (typeof position === 'number') checkNumber('begin at position', position, 0);
  if ((roll.sizeBytes !== undefined || roll.ageMs !== undefined) && !pattern.hasSequence) {
    throw invalidInput(`Cannot roll the key "${key}": expected {seq} in it, so that the next object has a name`);
  }
  if (pattern.hasFields && typeof position === 'number') {
    throw invalidInput(`Cannot begin the pattern "${key}" at position ${position}: expected "current" or "auto"`);
  }
  return {
    bucket,
    pattern,
    attributes: options,
    position,
    batchBytes: checkNumber('append batches of', options.batchBytes ?? BATCH_BYTES_DEFAULT, 1),
    lingerMs: checkNumber('let bytes wait for', options.lingerMs ?? LINGER_MS_DEFAULT, 0),
    memoryBytesMax: checkNumber('hold up to', options.memoryBytesMax ?? MEMORY_BYTES_MAX_DEFAULT, 1),
    rollSizeBytes: roll.sizeBytes === undefined ? Infinity : checkNumber('roll at', roll.sizeBytes, 1),
    rollAgeMs: roll.ageMs === undefined ? Infinity : checkNumber('roll after', roll.ageMs, 1),
    retryForMs: options.retryForMs ?? Infinity,
    options,
  };
}

function checkNumber(action: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw invalidInput(`Cannot ${action} ${value}: expected a whole number from ${least}`);
}

function invalidInput(message: string): AnnalsError {
  return new AnnalsError('InvalidInput', message, { outcome: 'not-applied' });
}
