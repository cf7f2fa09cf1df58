/** Following over HTTP for the conformance suite: a loop of long polls, as a client without streams does it. */
import type { ObjectTarget } from '@annals/store';
import type { FollowDriver } from '@annals/store/conformance';
import type { RawAnswer } from '../harness/http-exchange.js';
import type { TestRequest } from '../harness/test-server.js';

/** @param send Sends a request; errors are thrown, with their answer. */
export function openHttpFollowDriver(
  send: (request: TestRequest) => Promise<RawAnswer>,
): (target: ObjectTarget, position: number | 'end') => Promise<FollowDriver> {
  return async ({ bucket, key }, position) => {
    const poll = (from: number | 'end', waitSeconds: number): Promise<RawAnswer> =>
      send({
        method: 'GET',
        bucket,
        key,
        query: { follow: 'once', position: String(from), wait: String(waitSeconds) },
      });
    // As opening does: it is refused at once, and tells where the end is.
    const opened = await poll(position, 0);
    let next = position === 'end' ? Number(opened.headers['x-oss-next-append-position']) : position;
    return {
      async next(waitMs) {
        let answer: RawAnswer;
        try {
          answer = await poll(next, Math.round(waitMs / 1000));
        } catch (error) {
          if (!isNotFound(error)) throw error;
          return { kind: 'end', because: 'deleted' };
        }
        if (answer.status === 206) {
          next += answer.body.length;
          return { kind: 'bytes', bytes: answer.body };
        }
        return answer.headers['x-oss-sealed-time'] === undefined
          ? { kind: 'nothing' }
          : { kind: 'end', because: 'sealed' };
      },
      release: () => undefined,
    };
  };
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'answer' in error && (error.answer as RawAnswer).status === 404;
}
