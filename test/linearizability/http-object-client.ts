/**
 * One client of a history over HTTP: raw requests on a connection of its own. Translates answers to what the checker
 * knows. What is no clear answer is `unknown`; what a correct server never says is an error that ends the test.
 */
import { Agent } from 'node:http';
import { crc64 } from '@annals/checksum';
import type { ObjectCall, ObjectClient, ObjectOutcome } from '@annals/store/linearizability';
import { exchange } from '../harness/http-exchange.js';
import type { ServerProcess } from '../harness/server-process.js';
import { encodedPath, encodedQuery, signRequest } from '../harness/sign-request.js';

export interface HttpObjectClient extends ObjectClient {
  /** Ends its connection. */
  close(): void;
}

/** What a server said, by whatever it was asked. */
export interface ObjectAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the object, of a GET. */
  readonly body: Uint8Array;
  /** Code of a refusal. */
  readonly code: string | undefined;
  /** What a refusal says besides. */
  readonly message: string;
}

/**
 * A client of objects in one bucket.
 * @param receiver The name of the server, where there are several.
 */
export function openHttpObjectClient(server: ServerProcess, bucket: string, receiver?: string): HttpObjectClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    async perform(key, call, body, sending) {
      const { method, query } = requestOf(call);
      const id =
        call.kind === 'append' && call.appendId !== undefined ? { 'x-oss-annals-append-id': call.appendId } : {};
      const headers = { 'content-length': String(body.length), ...id };
      const unsigned = { method, bucket, key, query, headers };
      const signed = signRequest(unsigned, 'v4', server, Date.now());
      sending(receiver);
      // Where the connection broke, the call may have taken place.
      const answer = await exchange({
        port: server.port,
        agent,
        method,
        path: `${encodedPath(bucket, key)}?${encodedQuery(signed.query)}`,
        headers: { host: `127.0.0.1:${server.port}`, ...signed.headers },
        body,
      }).catch(() => undefined);
      if (answer === undefined) return { kind: 'unknown' };
      const message = answer.body.toString();
      return outcomeOf(call, { ...answer, code: /<Code>(\w+)<\/Code>/.exec(message)?.[1], message });
    },
    close: () => agent.destroy(),
  };
}

function requestOf(call: ObjectCall): { readonly method: string; readonly query: Readonly<Record<string, string>> } {
  switch (call.kind) {
    case 'append':
      return { method: 'POST', query: { append: '', position: String(call.position) } };
    case 'put':
      return { method: 'PUT', query: {} };
    case 'delete':
      return { method: 'DELETE', query: {} };
    case 'seal':
      return { method: 'POST', query: { seal: '', position: String(call.position) } };
    case 'get':
      return { method: 'GET', query: {} };
    case 'head':
      return { method: 'HEAD', query: {} };
  }
}

/**
 * What the checker makes of an answer.
 * @throws {Error} A correct server does not say that.
 */
export function outcomeOf(call: ObjectCall, answer: ObjectAnswer): ObjectOutcome {
  const { status, headers, code, message } = answer;
  if (status >= 200 && status < 300) return successOf(call, answer);
  if (status === 404) return { kind: 'absent' };
  // The database did not say in time what became of the commit.
  if (status === 503) return { kind: message.includes('may have taken effect') ? 'unknown' : 'not-done' };
  switch (code) {
    case 'PositionNotEqualToLength': {
      const next = headers['x-oss-next-append-position'];
      return { kind: 'position-mismatch', ...(next !== undefined && { lengthBytes: Number(next) }) };
    }
    case 'AppendIdConflict':
      return { kind: 'id-conflict' };
    case 'ObjectNotAppendable':
    case 'FileAlreadyExists':
      return { kind: 'wrong-type' };
    case 'AppendSealedObjectNotAllowed':
      return call.kind === 'seal' ? { kind: 'wrong-type' } : { kind: 'sealed' };
    default:
      throw new Error(`Cannot understand the answer to ${call.kind}: ${status} ${message}`);
  }
}

function successOf(call: ObjectCall, { headers, body }: ObjectAnswer): ObjectOutcome {
  const crcText = headers['x-oss-hash-crc64ecma'];
  if (call.kind === 'get' || call.kind === 'head') {
    const lengthBytes = Number(headers['content-length']);
    const told = BigInt(crcText ?? 0);
    if (call.kind === 'get' && (body.length !== lengthBytes || crc64(body) !== told)) {
      throw new Error(
        `Cannot believe an answer of ${body.length} bytes with CRC-64 ${crc64(body)}: it says ${lengthBytes} and ${told}`,
      );
    }
    const type = headers['x-oss-object-type'] === 'Appendable' ? 'appendable' : 'normal';
    const isSealed = headers['x-oss-sealed-time'] !== undefined;
    return { kind: 'found', object: { lengthBytes, crc64: told, type, isSealed } };
  }
  const next = headers['x-oss-next-append-position'];
  return {
    kind: 'done',
    ...(call.kind === 'append' && next !== undefined && { lengthBytes: Number(next) }),
    ...(call.kind === 'append' && crcText !== undefined && { crc64: BigInt(crcText) }),
  };
}
