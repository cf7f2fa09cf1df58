/** Lines out of chunks that are cut anywhere. Leaves out where the chunks come from (`follow.ts`). */
import { AnnalsError } from '../error.js';
import { joinBytes } from '../read-all.js';
import type { FollowedChunk } from './follow.js';

/** A line of an object, without its end. */
export interface FollowedLine {
  /** Byte offset of its first byte. */
  readonly position: number;
  /** As UTF-8; a CR before the end is left out. */
  readonly text: string;
  /** Where a follower goes on that has read it. */
  readonly nextPosition: number;
}

/** A line that holds a value in JSON. */
export interface FollowedValue {
  readonly position: number;
  /** What the line holds. It comes from others: check it before it is believed. */
  readonly value: unknown;
  readonly nextPosition: number;
}

/** A longer line is not one: somebody follows what has no lines. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;

const LINE_FEED = 0x0a;

/**
 * Gives whole lines. The rest behind the last line end is given when the object can grow no more.
 * @throws {AnnalsError} `InvalidLine` for one of more than 16 MiB.
 */
export async function* readLines(chunks: AsyncIterable<FollowedChunk>): AsyncGenerator<FollowedLine, void, void> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let lineStart: number | undefined;
  const decoder = new TextDecoder();
  const finish = (last: Uint8Array): string => {
    const text = decoder.decode(joinBytes([...held, last]));
    held = [];
    heldBytes = 0;
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  };
  for await (const { position, bytes } of chunks) {
    lineStart ??= position;
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      const nextPosition = position + end + 1;
      yield { position: lineStart, text: finish(bytes.subarray(start, end)), nextPosition };
      lineStart = nextPosition;
      start = end + 1;
    }
    if (start === bytes.length) continue;
    held.push(bytes.subarray(start));
    heldBytes += bytes.length - start;
    if (heldBytes > LINE_BYTES_MAX) throw invalidLine(lineStart, `it is longer than ${LINE_BYTES_MAX} bytes`);
  }
  if (heldBytes === 0 || lineStart === undefined) return;
  const nextPosition = lineStart + heldBytes;
  yield { position: lineStart, text: finish(new Uint8Array(0)), nextPosition };
}

/**
 * Gives the values of lines; empty lines are passed by.
 * @throws {AnnalsError} `InvalidLine` for a line that is not JSON.
 */
export async function* readJsonLines(lines: AsyncIterable<FollowedLine>): AsyncGenerator<FollowedValue, void, void> {
  for await (const { position, text, nextPosition } of lines) {
    if (text.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw invalidLine(position, 'it is not JSON', cause);
    }
    yield { position, value, nextPosition };
  }
}

function invalidLine(position: number, reason: string, cause?: unknown): AnnalsError {
  return new AnnalsError('InvalidLine', `Cannot use the line at position ${position}: ${reason}`, {
    outcome: 'not-applied',
    cause,
  });
}
