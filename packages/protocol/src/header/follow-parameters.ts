/**
 * What a request asks for that follows an object: `GET /KEY?follow[&position=N|end][&wait=S]` and its headers. Leaves
 * out conditions and the version, which are read as for every object.
 */
import { OssError } from '../error/oss-error.js';
import type { RequestHeaders } from '../headers.js';
import { LIMITS } from '../limits.js';
import type { Query } from '../query.js';
import { parsePosition } from './position.js';
import { invalidArgument } from './refuse.js';
import { requireOnce } from './require-once.js';

/** How a followed object is sent. */
export type FollowForm =
  /** The bytes as they are, chunked. */
  | 'bytes'
  /** Server-sent events with data in base64. */
  | 'events'
  /** Server-sent events with data as text. */
  | 'text'
  /** One answer, as soon as there are bytes. */
  | 'once';

/** What a request asks for that follows an object. */
export interface FollowParameters {
  readonly form: FollowForm;
  /** Offset of the first byte wanted; `end`: only what comes. */
  readonly position: number | 'end';
  /** It goes on where an earlier answer broke off: `Last-Event-ID`. */
  readonly isResumed: boolean;
  /** Seconds without new bytes after which it ends, 0 to 3600. */
  readonly waitSeconds: number;
}

const FORMS: Readonly<Record<string, FollowForm>> = { '': 'bytes', once: 'once', text: 'text' };

/**
 * Reads the parameters of a follow or long poll.
 * @throws {OssError} `InvalidArgument` for what is malformed, given twice or contradicts something else;
 * `MissingArgument` for a long poll without a position.
 */
export function readFollowParameters(query: Query, headers: RequestHeaders): FollowParameters {
  requireOnce(query, ['follow', 'position', 'wait']);
  refuseBeside(query, headers);
  const wanted = query.get('follow') ?? '';
  const named = Object.hasOwn(FORMS, wanted) ? FORMS[wanted] : undefined;
  if (named === undefined) throw invalidArgument('follow', wanted, 'follow takes no value, once or text.');
  const wantsEvents = acceptsEvents(headers.get('accept'));
  if (named === 'once' && wantsEvents) {
    throw invalidArgument('follow', wanted, 'A long poll is not answered with server-sent events.');
  }
  const form = named === 'bytes' && wantsEvents ? 'events' : named;
  const lastEventId = headers.get('last-event-id');
  if (lastEventId !== undefined && form !== 'events' && form !== 'text') {
    throw invalidArgument('Last-Event-ID', lastEventId, 'Last-Event-ID resumes server-sent events alone.');
  }
  // Read even where Last-Event-ID wins: what is malformed is never ignored.
  const position = readPosition(query.get('position'), form);
  return {
    form,
    position: lastEventId === undefined ? position : readLastEventId(lastEventId),
    isResumed: lastEventId !== undefined,
    waitSeconds: readWait(query.get('wait')),
  };
}

/** What would change the answer of a GetObject and has no meaning here. */
function refuseBeside(query: Query, headers: RequestHeaders): void {
  const range = headers.get('range');
  if (range !== undefined) throw invalidArgument('Range', range, 'A followed object has no range.');
  for (const name of query.names()) {
    if (!name.startsWith('response-') && name !== 'type' && name !== 'x-oss-process') continue;
    throw invalidArgument(name, query.get(name) ?? '', `${name} cannot be used with follow.`);
  }
}

function readPosition(value: string | undefined, form: FollowForm): number | 'end' {
  if (value === 'end') return value;
  if (value !== undefined) return parsePosition(value);
  if (form !== 'once') return 0;
  throw new OssError('MissingArgument', { details: { ArgumentName: 'position' } });
}

function readLastEventId(value: string): number {
  const position = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(position)) throw invalidArgument('Last-Event-ID', value);
  return position;
}

function readWait(value: string | undefined): number {
  if (value === undefined) return LIMITS.followWaitSecondsDefault;
  const seconds = /^\d{1,4}$/.test(value) ? Number(value) : Number.NaN;
  if (seconds <= LIMITS.followWaitSecondsMax) return seconds;
  throw invalidArgument('wait', value, `wait must be between 0 and ${LIMITS.followWaitSecondsMax} seconds.`);
}

/** Tells whether a client takes server-sent events, as browsers ask for them. */
function acceptsEvents(accept: string | undefined): boolean {
  return (accept ?? '')
    .split(',')
    .some((range) => /^\s*text\/event-stream\s*(;(?!\s*q=0(\.0*)?\s*$).*)?$/i.test(range));
}
