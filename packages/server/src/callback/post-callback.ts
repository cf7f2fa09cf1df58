/** One POST to one application, and what its answer has to be. Leaves out which application (`callback-sender.ts`). */

import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { PieceGatherer } from '@annals/checksum';

/** A request ready to be sent. */
export interface OutgoingCallback {
  readonly url: URL;
  /** IP address to connect to, whatever the name in the URL says by now. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** From the connection to the last byte of the answer. */
  readonly timeoutMs: number;
}

/** An application did not answer as it should. The message goes to the uploader. */
export class CallbackRefused extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'CallbackRefused';
  }
}

/** Longest answer of an application: 1 MiB. */
const ANSWER_LENGTH_BYTES_MAX = 1024 * 1024;

/**
 * Sends a callback.
 * @returns The answer: 200 with a Content-Length of at most 1 MiB, and a JSON document.
 * @throws {CallbackRefused} It was none of that.
 * @throws {Error} The connection could not be made or broke.
 */
export async function postCallback(callback: OutgoingCallback): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(callback.timeoutMs);
  try {
    const answer = await send(callback, signal);
    try {
      return await readAnswer(answer);
    } finally {
      answer.destroy();
    }
  } catch (error) {
    if (signal.aborted) throw new CallbackRefused('Error status : -1.The callback timed out.', error);
    throw error;
  }
}

function send({ url, address, headers, body }: OutgoingCallback, signal: AbortSignal): Promise<IncomingMessage> {
  const isTls = url.protocol === 'https:';
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const options = {
    method: 'POST',
    host: address,
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, 'Content-Length': String(body.length), Connection: 'close' },
    agent: false as const,
    signal,
  };
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = isTls
      ? // The certificate has to be the name's, not the address's.
        requestHttps({ ...options, ...(isIP(name) === 0 && { servername: name }) })
      : requestHttp(options);
    outgoing.on('error', reject);
    outgoing.on('response', resolve);
    outgoing.end(body);
  });
}

async function readAnswer(answer: IncomingMessage): Promise<Uint8Array> {
  if (answer.statusCode !== 200) throw new CallbackRefused(`Error status : ${answer.statusCode}.`, undefined);
  const lengthText = answer.headers['content-length'];
  if (lengthText === undefined) throw new CallbackRefused('Response has no Content-Length.', undefined);
  if (Number(lengthText) > ANSWER_LENGTH_BYTES_MAX) throw new CallbackRefused('Response body is too long.', undefined);
  const gatherer = new PieceGatherer();
  const pieces: Uint8Array[] = [];
  for await (const piece of answer) pieces.push(...gatherer.add(piece as Uint8Array));
  pieces.push(gatherer.flush() ?? new Uint8Array());
  const body = Buffer.concat(pieces);
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new CallbackRefused('Response body is not valid json format.', cause);
  }
  return body;
}
