/**
 * A followed object as server-sent events (HTML standard, section 9.2): each has the position behind its data as its
 * id, so that a browser that reconnects resumes there by itself. The last one says why it is the last.
 */
import { EventText } from './event-text.js';
import type { FollowSession, SessionEnd, SessionStep } from './follow-session.js';

/** A proxy in between must not take a silent reader for a dead one. */
const COMMENT_INTERVAL_MS = 15_000;

const COMMENT = Buffer.from(':\n\n', 'utf8');

/** What the events are made of. */
type EventSource = Pick<FollowSession, 'next'> & { readonly follower: { readonly position: number } };

/**
 * Gives the events. No silence is longer than 15 seconds: what was read and is held back is silence, too.
 * @param form `events`: data in base64. `text`: data as text.
 * @param nowMs A clock that never goes back.
 * @throws {Error} As `FollowSession.next`.
 */
export async function* eventStream(
  session: EventSource,
  form: 'events' | 'text',
  nowMs: () => number = () => performance.now(),
): AsyncGenerator<Uint8Array, void, undefined> {
  const text = form === 'text' ? new EventText() : undefined;
  let { position } = session.follower;
  let sentAtMs = nowMs();
  for (;;) {
    const step: SessionStep = await session.next(Math.max(0, sentAtMs + COMMENT_INTERVAL_MS - nowMs()));
    if (step.kind === 'pause') {
      yield COMMENT;
      sentAtMs = nowMs();
    } else if (step.kind === 'bytes') {
      for await (const bytes of step.bytes) {
        const piece = text?.add(bytes) ?? { text: Buffer.from(bytes).toString('base64'), lengthBytes: bytes.length };
        position += piece.lengthBytes;
        if (piece.text === '') continue;
        yield dataEvent(position, piece.text);
        sentAtMs = nowMs();
      }
    } else {
      // Only here is it certain that what was held back stays as it is.
      const rest = step.because === 'sealed' ? text?.end() : undefined;
      if (rest !== undefined && rest.lengthBytes > 0) {
        position += rest.lengthBytes;
        yield dataEvent(position, rest.text);
      }
      yield endEvent(position, step.because);
      return;
    }
  }
}

function dataEvent(position: number, text: string): Uint8Array {
  const lines = text.split('\n').map((line) => `data: ${line}\n`);
  return Buffer.from(`id: ${position}\n${lines.join('')}\n`, 'utf8');
}

/** With an id: a reader that got no data resumes from here, too. */
function endEvent(position: number, because: SessionEnd): Uint8Array {
  return Buffer.from(`id: ${position}\nevent: end\ndata: ${because}\n\n`, 'utf8');
}
