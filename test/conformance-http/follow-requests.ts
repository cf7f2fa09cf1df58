/**
 * Following over the wire in each of its forms, with what came and how it ended in words that tests can compare. Leaves
 * out heads and framing (`follow.test.ts`).
 */
import type { IncomingMessage } from 'node:http';
import { expect } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import type { TestRequest } from '../harness/test-server.js';

/** How a test follows. */
export const FOLLOW_FORMS = ['chunked', 'events', 'text', 'poll'] as const;
export type FollowedForm = (typeof FOLLOW_FORMS)[number];

/** Who can be asked: a server in the test's process, or what signs for one in its own. */
interface Followed {
  begin(request: TestRequest): Promise<IncomingMessage>;
  send(request: TestRequest): Promise<RawAnswer>;
}

/** What is followed, and from where. */
interface FollowWish {
  readonly bucket: string;
  readonly key: string;
  /** Default: 0. */
  readonly position?: number;
  readonly versionId?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @returns Readers that a server has now, those between two polls left out. */
export async function followerCount({ host }: { readonly host: string }): Promise<number> {
  const page = await (await fetch(`http://${host}/-/metrics`)).text();
  return Number(/^annals_followers (\d+)$/m.exec(page)?.[1]);
}

/** What came, as one character for each byte, and how it ended. */
export interface FollowedToEnd {
  readonly bytes: string;
  /**
   * Chunked: `in order` or `cut`. Events: the data of the last, or `cut`. Polls: status and code of the last, with
   * `sealed` when it says so, or `cut`.
   */
  readonly end: string;
}

/** A reader that follows in the background. */
export class BackgroundFollower {
  readonly ended: Promise<FollowedToEnd>;
  #bytes = '';
  #wake: () => void = () => undefined;
  #isOver = false;

  constructor(server: Followed, form: FollowedForm, wish: FollowWish) {
    this.ended = (form === 'poll' ? this.#poll(server, wish) : this.#stream(server, form, wish)).then((end) => {
      this.#isOver = true;
      this.#wake();
      return { bytes: this.#bytes, end };
    });
    // A test that fails before it waits for the end tells why by itself.
    this.ended.catch(() => undefined);
  }

  /** What came so far. */
  get bytes(): string {
    return this.#bytes;
  }

  /** Waits until so many bytes have come. @throws {AssertionError} It ended before. */
  async until(length: number): Promise<string> {
    while (this.#bytes.length < length) {
      if (this.#isOver) expect.fail(`it ended with ${JSON.stringify(await this.ended)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#bytes;
  }

  #take(bytes: Buffer): void {
    this.#bytes += bytes.toString('latin1');
    this.#wake();
  }

  async #stream(server: Followed, form: 'chunked' | 'events' | 'text', wish: FollowWish): Promise<string> {
    const query = { follow: form === 'text' ? 'text' : '', position: String(wish.position ?? 0), wait: '600' };
    const accept = form === 'events' ? { accept: 'text/event-stream' } : {};
    const incoming = await server.begin(requestFor(wish, query, accept));
    expect(incoming.statusCode).toBe(200);
    const events = new EventReader();
    try {
      for await (const chunk of incoming as AsyncIterable<Buffer>) {
        if (form === 'chunked') this.#take(chunk);
        else for (const data of events.read(chunk)) this.#take(Buffer.from(data, form === 'text' ? 'utf8' : 'base64'));
      }
    } catch {
      return 'cut';
    }
    return form === 'chunked' ? 'in order' : (events.end ?? 'cut');
  }

  async #poll(server: Followed, wish: FollowWish): Promise<string> {
    const from = wish.position ?? 0;
    for (;;) {
      const position = String(from + this.#bytes.length);
      const answer = await server
        .send(requestFor(wish, { follow: 'once', position, wait: '600' }))
        .catch(() => undefined);
      if (answer === undefined) return 'cut';
      if (answer.status !== 206) return outcomeOf(answer);
      this.#take(answer.body);
    }
  }
}

function requestFor(
  { bucket, key, versionId, headers }: FollowWish,
  query: Record<string, string>,
  more: Record<string, string> = {},
): TestRequest {
  const version = versionId === undefined ? {} : { versionId };
  return { method: 'GET', bucket, key, query: { ...query, ...version }, headers: { ...headers, ...more } };
}

/** Status of an answer, the code of an error, and whether it says that the object is sealed. */
function outcomeOf({ status, headers, body }: RawAnswer): string {
  const code = /<Code>(\w+)</.exec(body.toString('utf8'))?.[1];
  return [status, code, headers['x-oss-sealed-time'] === undefined ? undefined : 'sealed']
    .filter((word) => word !== undefined)
    .join(' ');
}

/** Takes server-sent events apart. */
class EventReader {
  #pending = '';
  /** Data of the event that says why it is the last. */
  end: string | undefined;

  /** @returns The data of the events that are complete with this chunk. */
  read(chunk: Buffer): string[] {
    const parts = (this.#pending + chunk.toString('utf8')).split('\n\n');
    this.#pending = parts.pop() ?? '';
    return parts.flatMap((event) => {
      const lines = event.split('\n');
      const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice('data: '.length));
      if (!lines.includes('event: end')) return data.length === 0 ? [] : [data.join('\n')];
      this.end = data.join();
      return [];
    });
  }
}
