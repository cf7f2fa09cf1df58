/**
 * One client of a history that is the official Node SDK, unmodified: it signs, sends and, after a broken connection,
 * sends again by itself. Its connections go to one server of several, as a balancer of connections would choose. Each
 * request has a connection of its own, and so is seen here before its first byte is sent: a call that the SDK sends
 * twice is two requests of the history, the first without an answer.
 */
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { ObjectCall, ObjectClient } from '@annals/store/linearizability';
import { type AliError, type AliResponse, aliClient } from '../harness/ali-oss.js';
import type { ServerProcess } from '../harness/server-process.js';
import { type ObjectAnswer, outcomeOf } from './http-object-client.js';

/** Where a connection goes. */
export interface ChosenServer {
  readonly name: string;
  readonly server: ServerProcess;
}

/** How often the SDK sends again what had no answer, half a second apart. Its default is never. */
const REPEAT_COUNT_MAX = 3;

/** @param choose Called for each connection. A server that is being killed must not be chosen any more. */
export function openAliObjectClient(choose: () => ChosenServer, bucket: string): ObjectClient {
  return {
    async perform(key, call, body, sending) {
      const createConnection = (): Socket => {
        const { name, server } = choose();
        sending(name);
        return connect(server.port, '127.0.0.1');
      };
      const agent = Object.assign(new Agent({ keepAlive: false }), { createConnection });
      // All servers have the same keys. Of the address, only the name is used.
      const client = aliClient(choose().server, bucket, 'v4', 'ip', { agent, retryMax: REPEAT_COUNT_MAX });
      const answer = await ask(client, key, call, Buffer.from(body)).then(answerOf, refusalOf);
      return answer === undefined ? { kind: 'unknown' } : outcomeOf(call, answer);
    },
  };
}

type Client = ReturnType<typeof aliClient>;

function ask(
  client: Client,
  key: string,
  call: ObjectCall,
  body: Buffer,
): Promise<{ readonly res: AliResponse; readonly content?: Buffer }> {
  switch (call.kind) {
    case 'append': {
      const { position, appendId } = call;
      const headers = appendId === undefined ? {} : { headers: { 'x-oss-annals-append-id': appendId } };
      return client.append(key, body, { position, ...headers });
    }
    case 'put':
      return client.put(key, body);
    case 'seal':
      // The SDK has no name for it; this is what its `append` does.
      return client.put(key, body, { method: 'POST', subres: { seal: '', position: call.position } });
    case 'delete':
      return client.delete(key);
    case 'get':
      return client.get(key);
    case 'head':
      return client.head(key);
  }
}

function answerOf({ res, content }: { readonly res: AliResponse; readonly content?: Buffer }): ObjectAnswer {
  return { status: res.status, headers: res.headers, body: content ?? Buffer.alloc(0), code: undefined, message: '' };
}

/** @returns `undefined`: no answer came, or not the whole of it. */
function refusalOf({ status, code, message }: AliError): ObjectAnswer | undefined {
  if (status === undefined || status < 300) return undefined;
  return { status, headers: {}, body: Buffer.alloc(0), code, message };
}
