/** Commands that stand still in the middle of their work, however fast they and slow the test are. */
import { startTcpValve } from '../../../../test/harness/tcp-valve.js';
import type { AnnalsProcess, Ended } from './annals-process.js';
import type { CommandServer } from './command-server.js';

/** A server of commands behind a valve: one endpoint for all of them, so what one remembers another finds. */
export interface HeldCommands {
  /** Starts a command. @returns When so many bytes have passed; the last were an answer, and none passes any more. */
  startHeld(lengthBytes: number, ...words: readonly string[]): Promise<AnnalsProcess>;
  /** The same, ended there with kill -9. */
  kill(lengthBytes: number, ...words: readonly string[]): Promise<void>;
  /** Lets bytes pass again, on new connections. */
  letGo(): void;
  /** Runs a command, without standard input, to its end. */
  run(...words: readonly string[]): Promise<Ended>;
  close(): Promise<void>;
}

/** Puts a valve in front of a server. */
export async function holdCommands(server: CommandServer): Promise<HeldCommands> {
  const valve = await startTcpValve(Number(new URL(server.environment.OSS_ENDPOINT ?? '').port));
  const environment = { ...server.environment, OSS_ENDPOINT: `http://127.0.0.1:${valve.port}` };
  const start = (words: readonly string[]): AnnalsProcess =>
    server.startIn(words, { folder: server.folder, environment });
  const startHeld = async (lengthBytes: number, ...words: readonly string[]): Promise<AnnalsProcess> => {
    valve.open();
    const isHeld = valve.holdAfter(lengthBytes, true);
    const command = start(words);
    const ended = command.ended.then(({ code, errors }) => {
      throw new Error(`It ended with ${code} before ${lengthBytes} bytes had passed: ${errors}`);
    });
    await Promise.race([isHeld, ended]);
    return command;
  };
  return {
    startHeld,
    async kill(lengthBytes, ...words) {
      const { child, ended } = await startHeld(lengthBytes, ...words);
      child.kill('SIGKILL');
      await ended;
    },
    letGo: () => valve.open(),
    run(...words) {
      valve.open();
      const { child, ended } = start(words);
      child.stdin.end();
      return ended;
    },
    close: () => valve.close(),
  };
}
