/**
 * A valve in front of a server: it passes bytes in both directions, and after a number of them it holds everything back
 * or breaks everything off, until it is opened again. So a test stops others exactly half way, however fast they are.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The valve. */
export interface TcpValve {
  /** Of the loopback. */
  readonly port: number;
  /** Bytes that have passed since it was opened last. */
  passedLength(): number;
  /**
   * Holds everything back after so many more bytes.
   * @param isAtAnswer Only behind bytes of the server, so that one that answers call by call has nothing under way.
   * @returns When that is so.
   */
  holdAfter(lengthBytes: number, isAtAnswer?: boolean): Promise<void>;
  /** Breaks all connections after so many more bytes, and new ones at once. @returns When that is so. */
  breakAfter(lengthBytes: number): Promise<void>;
  /** Passes everything again; connections of before are broken. */
  open(): void;
  close(): Promise<void>;
}

/** When to shut. */
interface Plan {
  readonly left: number;
  readonly kind: 'hold' | 'break';
  readonly isAtAnswer: boolean;
  readonly reached: () => void;
}

/** Starts a valve on a free port. @param target Port of the server, on the same machine. */
export async function startTcpValve(target: number): Promise<TcpValve> {
  const sockets = new Set<Socket>();
  let passed = 0;
  let plan: Plan | undefined;
  let isShut: 'hold' | 'break' | undefined;

  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const count = (length: number, isAnswer: boolean): void => {
    passed += length;
    if (plan === undefined || passed < plan.left || (plan.isAtAnswer && !isAnswer)) return;
    isShut = plan.kind;
    if (isShut === 'break') breakAll();
    else for (const socket of sockets) socket.pause();
    plan.reached();
    plan = undefined;
  };
  const join = (from: Socket, to: Socket, isAnswer: boolean): void => {
    sockets.add(from);
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.on('data', (chunk: Buffer) => {
      to.write(chunk);
      count(chunk.length, isAnswer);
    });
  };
  const server = createServer((client) => {
    client.on('error', () => undefined);
    if (isShut === 'break') {
      client.destroy();
      return;
    }
    const upstream = connect(target, '127.0.0.1');
    join(client, upstream, false);
    join(upstream, client, true);
    if (isShut === 'hold') for (const socket of [client, upstream]) socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const shutAfter = (kind: 'hold' | 'break', lengthBytes: number, isAtAnswer = false): Promise<void> =>
    new Promise((resolve) => {
      plan = { kind, left: passed + lengthBytes, isAtAnswer, reached: resolve };
      count(0, false);
    });
  return {
    port: (server.address() as AddressInfo).port,
    passedLength: () => passed,
    holdAfter: (lengthBytes, isAtAnswer) => shutAfter('hold', lengthBytes, isAtAnswer),
    breakAfter: (lengthBytes) => shutAfter('break', lengthBytes),
    open() {
      passed = 0;
      plan = undefined;
      isShut = undefined;
      breakAll();
    },
    async close() {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
