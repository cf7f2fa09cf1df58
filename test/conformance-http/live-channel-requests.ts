/** How the tests of live channels ask for them. */
import type { RawAnswer } from '../harness/http-exchange.js';
import type { TestRequest, TestServer } from '../harness/test-server.js';

/** The least that makes a channel. */
export const TARGET = '<Target><Type>HLS</Type></Target>';

/** Requests about the channels of one bucket. */
export class LiveChannelRequests {
  readonly #server: TestServer;
  readonly #bucket: string;

  constructor(server: TestServer, bucket: string) {
    this.#server = server;
    this.#bucket = bucket;
  }

  /** @param name Undefined: the list of channels. */
  ask(
    method: string,
    name: string | undefined,
    query: Readonly<Record<string, string>> = {},
    more: Partial<TestRequest> = {},
  ): Promise<RawAnswer> {
    return this.#server.send({
      method,
      bucket: this.#bucket,
      ...(name !== undefined && { key: name }),
      ...more,
      query: { live: '', ...query },
    });
  }

  /** @param content What stands in the document. */
  put(name: string, content: string = TARGET): Promise<RawAnswer> {
    return this.ask('PUT', name, {}, { body: `<LiveChannelConfiguration>${content}</LiveChannelConfiguration>` });
  }
}
