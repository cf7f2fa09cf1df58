// @ts-check
/** One request and its answer over a bare socket: bytes in, bytes out, nothing made friendlier on the way. */
import { connect } from 'node:net';

/**
 * @typedef {{ statusLine: string, status: number, headers: readonly (readonly [name: string, value: string])[], body:
 *   string, continued: boolean, isClosed: boolean }} RawAnswer Header names as spelled by the server.
 */

const ANSWER_TIME_LIMIT_MS = 60_000;
/** How long a connection that is to be closed may stay open after its answer. */
const CLOSE_TIME_LIMIT_MS = 30_000;

/**
 * @param {number} port
 * @param {{ head: string, body: Buffer, awaitContinue: boolean, awaitClose: boolean }} request
 * @returns {Promise<RawAnswer>}
 */
export async function exchange(port, { head, body, awaitContinue, awaitClose }) {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = Buffer.alloc(0);
    let continued = false;
    /** @type {RawAnswer | undefined} */
    let answer;
    const timer = setTimeout(
      () => finish(new Error(`No whole answer came; got ${received.toString('latin1').slice(0, 300)}`)),
      ANSWER_TIME_LIMIT_MS,
    );
    const finish = (/** @type {Error | undefined} */ problem) => {
      clearTimeout(timer);
      socket.destroy();
      if (answer !== undefined) resolve(answer);
      else reject(problem ?? new Error('The connection was closed without an answer'));
    };
    socket.on('connect', () => {
      socket.write(head, 'latin1');
      if (!awaitContinue) socket.write(body);
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (!continued && received.toString('latin1').startsWith('HTTP/1.1 100 Continue\r\n\r\n')) {
        continued = true;
        received = received.subarray('HTTP/1.1 100 Continue\r\n\r\n'.length);
        if (awaitContinue) socket.write(body);
      }
      answer ??= parseAnswer(received, continued);
      if (answer === undefined) return;
      if (!awaitClose) finish(undefined);
      else setTimeout(() => finish(undefined), CLOSE_TIME_LIMIT_MS).unref();
    });
    // A reset, too, closes it: a server need not wait for ever for the rest of a request that it has answered.
    const close = (/** @type {Error | undefined} */ problem) => {
      if (answer !== undefined) answer = { ...answer, isClosed: true };
      finish(problem);
    };
    socket.on('error', close);
    socket.on('close', () => close(undefined));
  });
}

/**
 * @param {Buffer} bytes
 * @param {boolean} continued
 * @returns {RawAnswer | undefined} Nothing while bytes are missing.
 */
function parseAnswer(bytes, continued) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = lines.map(
    (line) => /** @type {const} */ ([line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const length = Number(headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1] ?? Number.NaN);
  const body = bytes.subarray(end + 4);
  if (!(body.length >= length)) return undefined;
  return {
    statusLine,
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: body.toString('utf8'),
    continued,
    isClosed: false,
  };
}
