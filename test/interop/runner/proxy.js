// @ts-check
/**
 * A TCP proxy that makes the network as bad as a step wants: slow, or losing an answer after the server gave it.
 * It looks at bytes only to find where an append begins; it changes none.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * @typedef {object} Proxy
 * @property {string} endpoint
 * @property {() => number} appendCount Appends that clients began to send, repeats included.
 * @property {() => number} droppedCount Answers thrown away.
 * @property {() => Promise<void>} close
 */

/**
 * @param {object} options
 * @param {() => number} options.port Of the server, which may have another after a restart.
 * @param {number} [options.bytesPerSecond] In each direction of each connection.
 * @param {readonly number[]} [options.dropAnswersOf] Which appends get no answer, counted from 1: the connection is cut
 * when it comes.
 * @param {(length: number) => void} [options.onSent] Told how many bytes have reached the server so far.
 * @returns {Promise<Proxy>}
 */
export async function startProxy({ port, bytesPerSecond, dropAnswersOf = [], onSent = () => {} }) {
  let appendCount = 0;
  let droppedCount = 0;
  let sentLength = 0;
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  const listener = createServer((client) => {
    const server = connect(port(), '127.0.0.1');
    let isDoomed = false;
    for (const [from, to] of /** @type {const} */ ([
      [client, server],
      [server, client],
    ])) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('data', (chunk) => {
        if (from === client) {
          const text = chunk.toString('latin1');
          for (const _ of text.matchAll(/POST \S*append\S* HTTP\/1\.1\r\n/g)) {
            appendCount += 1;
            if (dropAnswersOf.includes(appendCount)) isDoomed = true;
          }
        } else if (isDoomed) {
          // The server has answered, so the append is committed; the client never learns of it.
          droppedCount += 1;
          client.destroy();
          server.destroy();
          return;
        }
        to.write(chunk, () => {
          if (from !== client) return;
          sentLength += chunk.length;
          onSent(sentLength);
        });
        if (bytesPerSecond === undefined) return;
        from.pause();
        setTimeout(() => from.resume(), (chunk.length / bytesPerSecond) * 1000);
      });
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = /** @type {import('node:net').AddressInfo} */ (listener.address());
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    appendCount: () => appendCount,
    droppedCount: () => droppedCount,
    close: async () => {
      listener.close();
      for (const socket of sockets) socket.destroy();
      await once(listener, 'close');
    },
  };
}
