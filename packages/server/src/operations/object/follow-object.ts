/**
 * FollowObject, an extension: `GET /KEY?follow[&position=N|end][&wait=S]`. The bytes of an object and those that are
 * appended to it, as a chunked body or as server-sent events; or, with `follow=once`, in one answer as soon as there
 * are any. docs/extensions.md says what each answer means.
 */
import {
  type FollowForm,
  type FollowParameters,
  formatHttpDate,
  OssError,
  quoteEtag,
  readFollowParameters,
} from '@annals/protocol';
import type { FollowedBytes, ObjectHead, VersionTarget } from '@annals/store';
import { defineOperation, type OperationContext } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import type { RequirePermission } from '../../request/required-permission.js';
import type { OperationResponse } from '../../response.js';
import { eventStream } from '../answering/event-stream.js';
import { FollowSession, type SessionEnd, type SessionStep } from '../answering/follow-session.js';
import { objectResponseHeaders, versionHeaders } from '../answering/object-response-headers.js';
import { followReadable } from '../answering/open-readable.js';
import { checkPreconditions, notModifiedResponse } from '../answering/preconditions.js';
import { limitTraffic, readTrafficLimit } from '../reading/traffic-limit.js';
import { readVersionTarget } from '../reading/version-id.js';

interface FollowObjectInput extends FollowParameters {
  readonly target: VersionTarget;
  readonly bytesPerSecond: number | undefined;
}

/** A reader that is let in, what it is shown of the object, and what there is for it. */
interface FollowObjectOutput {
  readonly session: FollowSession;
  readonly head: ObjectHead;
  readonly kind: 'stream' | 'not-modified' | 'nothing' | Extract<SessionStep, { readonly kind: 'bytes' }>;
}

/** Gives what is appended to an object as it comes: `FollowObject`. */
export const followObject = defineOperation<'FollowObject', FollowObjectInput, FollowObjectOutput>({
  name: 'FollowObject',
  effect: 'works',
  anonymous: 'if granted',
  mayWait: true,
  extensions: ['follow'],
  remark: '[extensions.md](extensions.md) describes it.',
  permissions: ownAction('read'),
  parse(request) {
    return {
      ...readFollowParameters(request.query, request.headers),
      target: readVersionTarget(request),
      bytesPerSecond: readTrafficLimit(request),
    };
  },
  async handle(input, context, request, requirePermission) {
    const { session, head } = await openSession(input, context, request, requirePermission);
    try {
      return { session, head, kind: await decide(input, session, head, request) };
    } catch (error) {
      session.close();
      throw error;
    }
  },
  render({ session, head, kind }, input, request) {
    const release = (): void => session.close();
    if (kind === 'not-modified') {
      return { ...notModifiedResponse(head, followHeaders(head, session, input.form)), release };
    }
    if (kind === 'nothing') return { ...nothingNow(head, session), release };
    const { form, bytesPerSecond } = input;
    const headers = followHeaders(head, session, form);
    if (kind === 'stream') {
      const source = form === 'events' || form === 'text' ? eventStream(session, form) : session.bytes();
      const stream = limitTraffic(source, 0, bytesPerSecond, request);
      return { status: 200, headers, body: { length: undefined, stream, isLive: true }, release };
    }
    const { start, end, bytes } = kind;
    const length = end - start;
    return {
      status: 206,
      headers: { ...headers, 'Content-Range': `bytes ${start}-${end - 1}/*` },
      body: { length, stream: limitTraffic(streamOf(bytes), length, bytesPerSecond, request) },
      release,
    };
  },
});

async function* streamOf(bytes: FollowedBytes['bytes']): AsyncGenerator<Uint8Array, void, undefined> {
  yield* bytes;
}

async function openSession(
  input: FollowObjectInput,
  context: OperationContext,
  request: OperationRequest,
  requirePermission: RequirePermission,
): Promise<{ readonly session: FollowSession; readonly head: ObjectHead }> {
  const { target, position, waitSeconds } = input;
  const { follower, head } = await followReadable({ ...target, position }, context, requirePermission);
  return { session: new FollowSession(follower, request, context, { waitMs: waitSeconds * 1000 }), head };
}

/** @throws {OssError} `PreconditionFailed`; `NoSuchKey` when the object goes while it is waited for. */
async function decide(
  { form, isResumed }: FollowObjectInput,
  session: FollowSession,
  head: ObjectHead,
  request: OperationRequest,
): Promise<FollowObjectOutput['kind']> {
  if (checkPreconditions(request, head) === 'not-modified') return 'not-modified';
  const { follower } = session;
  // A browser whose stream ended connects again: only this answer makes it stop.
  if (form !== 'once') return isResumed && !canGrow(follower.head) && isAtEnd(session) ? 'nothing' : 'stream';
  // What is waited for comes from others, who need their turn.
  request.turn?.end();
  const step = await session.next();
  if (step.kind === 'bytes') return step;
  if (step.kind === 'end' && isGone(step.because)) throw new OssError('NoSuchKey', { details: { Key: head.key } });
  return 'nothing';
}

function isGone(because: SessionEnd): boolean {
  return because === 'deleted' || because === 'replaced';
}

function canGrow({ type, sealedAtMs }: ObjectHead): boolean {
  return type === 'appendable' && sealedAtMs === undefined;
}

function isAtEnd({ follower }: FollowSession): boolean {
  return follower.position === follower.head.length;
}

/** No bytes: none came in time, or none will ever come, which a time of sealing says. */
function nothingNow(shown: ObjectHead, { follower }: FollowSession): OperationResponse {
  const { head } = follower;
  return {
    status: 204,
    headers: {
      ETag: quoteEtag(shown.etag),
      'x-oss-next-append-position': String(head.length),
      ...versionHeaders(shown),
      ...(!canGrow(head) && { 'x-oss-sealed-time': formatHttpDate(head.sealedAtMs ?? head.lastModifiedAtMs) }),
    },
  };
}

/** Headers that are about the whole object, which nobody is sent here. */
const OF_THE_WHOLE = ['Accept-Ranges', 'Content-MD5', 'x-oss-hash-crc64ecma'];
/** Headers that are about the form of its bytes, which events do not have. */
const OF_THE_BYTES = ['Content-Encoding', 'Content-Disposition', 'Content-Language', 'Expires'];

function followHeaders(head: ObjectHead, { follower }: FollowSession, form: FollowForm): Record<string, string> {
  const isEvents = form === 'events' || form === 'text';
  const left = isEvents ? [...OF_THE_WHOLE, ...OF_THE_BYTES] : OF_THE_WHOLE;
  const kept = Object.entries(objectResponseHeaders(head)).filter(([name]) => !left.includes(name));
  return {
    ...Object.fromEntries(kept),
    'x-oss-next-append-position': String(follower.head.length),
    ...(isEvents && {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache',
      // Proxies that gather answers would hold the events back.
      'X-Accel-Buffering': 'no',
    }),
  };
}
