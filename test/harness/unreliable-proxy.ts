/**
 * A proxy in front of an HTTP server that breaks exactly where it is told: it cuts a request or an answer after any
 * number of bytes, loses one, or delivers a request after its sender has given up. Reads whole messages of known
 * length, so that a plan can be made for each request; leaves out chunked bodies.
 */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of one request and its answer. `at` counts bytes from the first of the head. */
export type Fate =
  | { readonly kind: 'pass' }
  /** The server gets the first `at` bytes of the request, then both connections break. */
  | { readonly kind: 'cut-request'; readonly at: number }
  /** The client gets the first `at` bytes of the answer, then both connections break. */
  | { readonly kind: 'cut-answer'; readonly at: number }
  /** The client's connection breaks, and the server gets the request with or after the next one. */
  | { readonly kind: 'late'; readonly order: 'before' | 'beside' | 'after' }
  /** Nobody hears anything. */
  | { readonly kind: 'lose' };

/** The proxy. */
export interface UnreliableProxy {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Delivers the late requests that are left, and resolves when they are answered. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a proxy on a free port.
 * @param port Of the server, on the same machine.
 * @param fateOf Is asked once for each request, with its length in bytes.
 */
export async function startUnreliableProxy(
  port: number,
  fateOf: (requestLength: number) => Fate,
): Promise<UnreliableProxy> {
  const late: { readonly request: Buffer; readonly order: 'before' | 'beside' | 'after' }[] = [];
  const open = new Set<Socket>();
  const forward = (request: Buffer): Promise<Buffer> => exchange(port, request, open);
  const deliverLate = async (order: 'before' | 'beside' | 'after'): Promise<void> => {
    const due = late.filter((each) => each.order === order);
    for (const each of due) late.splice(late.indexOf(each), 1);
    await Promise.all(due.map(({ request }) => forward(request)));
  };
  const server: Server = createServer((client) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => undefined);
    let received: Buffer = Buffer.alloc(0);
    let isBusy = false;
    client.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = messageLength(received);
      if (isBusy || length === undefined || received.length < length) return;
      const request = received.subarray(0, length);
      received = received.subarray(length);
      isBusy = true;
      void answer(client, request).finally(() => {
        isBusy = false;
      });
    });
  });
  const answer = async (client: Socket, request: Buffer): Promise<void> => {
    const fate = fateOf(request.length);
    if (fate.kind === 'lose') return;
    if (fate.kind === 'late') {
      late.push({ request, order: fate.order });
      client.destroy();
      return;
    }
    if (fate.kind === 'cut-request') {
      await sendPart(port, request.subarray(0, fate.at), open);
      client.destroy();
      return;
    }
    await deliverLate('before');
    const [answered] = await Promise.all([forward(request), deliverLate('beside')]);
    await deliverLate('after');
    if (fate.kind === 'pass' && isWhole(answered)) client.write(answered);
    // What a server that is gone has not answered never comes.
    else if (fate.kind === 'pass') client.end(answered);
    else client.write(answered.subarray(0, fate.at), () => client.destroy());
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    settle: async () => {
      for (const order of ['before', 'beside', 'after'] as const) await deliverLate(order);
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isWhole(message: Buffer): boolean {
  const length = messageLength(message);
  return length !== undefined && message.length >= length;
}

/** Length of the first message, head and body; `undefined` as long as its head is not whole. */
function messageLength(bytes: Buffer): number | undefined {
  const headLength = bytes.indexOf('\r\n\r\n') + 4;
  if (headLength < 4) return undefined;
  const head = bytes.toString('latin1', 0, headLength);
  return headLength + Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
}

/** Sends a request on a connection of its own. @returns Its answer; what there is of it when the server breaks off. */
function exchange(port: number, request: Buffer, open: Set<Socket>): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  open.add(socket);
  socket.on('error', () => undefined);
  let answered: Buffer = Buffer.alloc(0);
  return new Promise((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      answered = Buffer.concat([answered, chunk]);
      const length = messageLength(answered);
      if (length !== undefined && answered.length >= length) socket.destroy();
    });
    socket.on('close', () => {
      open.delete(socket);
      resolve(answered);
    });
    socket.write(request);
  });
}

/** Sends bytes and breaks off once they have left. */
function sendPart(port: number, bytes: Buffer, open: Set<Socket>): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  open.add(socket);
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.on('close', () => {
      open.delete(socket);
      resolve();
    });
    if (bytes.length === 0) socket.destroy();
    else socket.write(bytes, () => socket.destroySoon());
  });
}
