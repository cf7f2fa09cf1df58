/**
 * One line of JSON per request on standard error. Written to memory and flushed in blocks: at thousands of requests a
 * second a write each would cost more than the requests. Never holds signatures, query strings, headers or secrets.
 * Leaves out numbers over time (`metrics.ts`).
 */
import { type DestinationStream, type Logger, pino } from 'pino';

/** What is said of a request. */
export interface LoggedRequest {
  readonly requestId: string;
  /** Of the client; see `OperationRequest`. */
  readonly clientAddress: string;
  readonly method: string;
  readonly operation: string | undefined;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly status: number;
  readonly receivedLengthBytes: number;
  readonly sentLengthBytes: number;
  readonly elapsedMs: number;
  readonly errorCode: string | undefined;
  /** Of requests like this one, those left out since the last that was logged; `undefined`: none is left out. */
  readonly omittedCount: number | undefined;
}

/** The log of a process, and how to empty its memory. */
export interface OpenLog {
  readonly log: Logger;
  /** Writes what is in memory and stops flushing by itself. Call it before the process ends. */
  close(): void;
}

/** Each block is a write on another thread, and waking that costs as much as a hundred lines. In UTF-16 units. */
const BLOCK_LENGTH = 64 * 1024;
const FLUSH_INTERVAL_MS = 250;

/**
 * Gathers lines and passes them on as one text. The destination could gather by itself, but measures everything it has
 * gathered again with each line: at 64 KiB that was a sixth of everything the server allocated.
 */
class LineBlocks implements DestinationStream {
  readonly #destination: DestinationStream;
  #lines: string[] = [];
  #length = 0;

  constructor(destination: DestinationStream) {
    this.#destination = destination;
  }

  write(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length >= BLOCK_LENGTH) this.flush();
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    const block = this.#lines.join('');
    this.#lines = [];
    this.#length = 0;
    this.#destination.write(block);
  }
}

/**
 * Opens the log on standard error.
 * @param level Lines below it are not written: `info` has one per request, `warn` only faults.
 */
export function openLog(level: string): OpenLog {
  const destination = pino.destination({ dest: 2, sync: false });
  const blocks = new LineBlocks(destination);
  const timer = setInterval(() => blocks.flush(), FLUSH_INTERVAL_MS);
  timer.unref();
  const onExit = (): void => {
    blocks.flush();
    flushSync(destination);
  };
  process.on('exit', onExit);
  return {
    log: createLog(level, blocks),
    close() {
      clearInterval(timer);
      process.off('exit', onExit);
      onExit();
    },
  };
}

/** Makes a log on any destination. */
export function createLog(level: string, destination: DestinationStream): Logger {
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  destinationOf.set(log, destination);
  return log;
}

/** Where the lines of a log go. */
const destinationOf = new WeakMap<Logger, DestinationStream>();

/**
 * Writes a request's line: `info`, or `error` when the fault is ours.
 * @param cause What lies under an error of ours, or why an answer broke off; `undefined` when nothing does.
 */
export function logRequest(log: Logger, line: LoggedRequest, cause: unknown): void {
  if (line.status >= 500) log.error({ ...line, err: cause }, 'request failed');
  else if (cause !== undefined) log.info({ ...line, reason: reasonOf(cause) }, 'request');
  else if (log.isLevelEnabled('info')) writeUsual(log, line);
}

/**
 * Writes the line that nearly every request has, the same to the letter as the log would: putting it together from
 * names that are known takes a third of the time.
 */
function writeUsual(log: Logger, line: LoggedRequest): void {
  const destination = destinationOf.get(log);
  if (destination === undefined) log.info(line, 'request');
  else destination.write(usualLine(line));
}

/** Texts of a client are quoted; what the server has made itself has nothing in it that needs to be. */
function usualLine(line: LoggedRequest): string {
  const { operation, errorCode, omittedCount } = line;
  let text = `{"level":30,"time":"${isoTime(Date.now())}","requestId":"${line.requestId}"`;
  text += `,"clientAddress":${JSON.stringify(line.clientAddress)},"method":${JSON.stringify(line.method)}`;
  if (operation !== undefined) text += `,"operation":"${operation}"`;
  text += quoted('bucket', line.bucket) + quoted('key', line.key) + quoted('accessKeyId', line.accessKeyId);
  text += `,"status":${line.status},"receivedLengthBytes":${line.receivedLengthBytes}`;
  text += `,"sentLengthBytes":${line.sentLengthBytes},"elapsedMs":${line.elapsedMs}`;
  if (errorCode !== undefined) text += quoted('errorCode', errorCode);
  if (omittedCount !== undefined) text += `,"omittedCount":${omittedCount}`;
  return `${text},"msg":"request"}\n`;
}

function quoted(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}

let lastAtMs = Number.NaN;
let lastTime = '';

/** Requests of one millisecond share it. */
function isoTime(atMs: number): string {
  if (atMs !== lastAtMs) {
    lastAtMs = atMs;
    lastTime = new Date(atMs).toISOString();
  }
  return lastTime;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function flushSync(destination: ReturnType<typeof pino.destination>): void {
  try {
    destination.flushSync();
  } catch {
    // Standard error is closed or was never opened: there is nobody left to tell.
  }
}
