/**
 * The sources of `annals append`, put together from what a user names: standard input, a file that is read once, a file
 * that is followed. Leaves out running them (`run-append.ts`).
 */
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { AppendWriter } from '@annals/client';
import { CommandFailure } from '../command-failure.js';
import { describeFileError } from '../describe-file-error.js';
import { readPipeFile } from '../pipe-file.js';
import { followFile } from './followed-file.js';
import type { InterruptedFile } from './interrupted-file.js';
import type { AppendSource } from './run-append.js';
import { type SourceChunk, wholeLines } from './source-chunk.js';
import type { SourceJournal } from './source-journal.js';
import { readStandardInput } from './standard-input.js';

/** What concerns every source. */
interface SourceOptions {
  /** Whether chunks end with lines, for keys that go on to their next object. */
  readonly isByLines: boolean;
}

/** Standard input. @param spoolFolder Where its bytes wait, if they do. */
export function standardInputSource(spoolFolder: string | undefined, { isByLines }: SourceOptions): AppendSource {
  return {
    label: 'standard input',
    length: undefined,
    hasEnd: false,
    howToGoOn:
      spoolFolder === undefined
        ? 'they are lost; --spool keeps them'
        : `they are in ${spoolFolder}, and the same command appends them first`,
    read: (_, stop) => byLines(readStandardInput(stop), isByLines),
  };
}

/** A pipe or device that has a name. Its bytes come once. */
export function pipeSource(path: string, options: SourceOptions): AppendSource {
  return {
    ...standardInputSource(undefined, options),
    label: path,
    hasEnd: true,
    read: (_, stop) => byLines(readPipe(path, stop), options.isByLines),
  };
}

async function* readPipe(path: string, stop: AbortSignal): AsyncGenerator<SourceChunk, void, void> {
  try {
    for await (const bytes of readPipeFile(path, stop)) yield { kind: 'bytes', bytes };
  } catch (cause) {
    throw new CommandFailure(`Cannot read ${path}: ${describeFileError(cause)}`, { cause });
  }
}

/** A file that is appended once, from where an interrupted run stopped. */
export function wholeFileSource(file: InterruptedFile, path: string): AppendSource {
  let startOffset = 0;
  return {
    label: basename(path),
    length: file.length,
    hasEnd: true,
    howToGoOn: 'the same command goes on there',
    doneBytes: () => startOffset,
    async *read(writer, stop, warn) {
      const end = await endOfObject(writer, stop);
      if (end === undefined) return;
      startOffset = await file.offsetFor(end, warn);
      if (startOffset > 0) warn(`going on with ${path} at byte ${startOffset} of ${file.length}`);
      for await (const bytes of file.read(startOffset)) {
        if (stop.aborted) return;
        yield { kind: 'bytes', bytes };
      }
    },
    finished: () => file.forget(),
  };
}

/** Where the object ends, or `undefined` when that is not known before the command is asked to stop. */
async function endOfObject(
  writer: AppendWriter,
  stop: AbortSignal,
): Promise<{ readonly position: number; readonly crc64: bigint } | undefined> {
  const stopped = new Promise<undefined>((done) => stop.addEventListener('abort', () => done(undefined)));
  const progress = await Promise.race([writer.flush(), stopped]);
  if (progress === undefined) return undefined;
  return { position: progress.position, crc64: progress.crc64 ?? 0n };
}

/** How a file that goes through a spool is read. */
interface SpooledFileOptions extends SourceOptions {
  readonly spoolFolder: string;
  readonly isFollowed: boolean;
  /** Whether the first run reads only what comes. */
  readonly isFromEnd: boolean;
}

/** A file whose bytes go through a spool, so that it may be rotated and deleted once they are there. */
export function spooledFileSource(path: string, journal: SourceJournal, options: SpooledFileOptions): AppendSource {
  const { spoolFolder, isFollowed, isFromEnd, isByLines } = options;
  return {
    label: basename(path),
    length: undefined,
    hasEnd: !isFollowed,
    howToGoOn: `they are in ${spoolFolder}, and the same command appends them first`,
    async *read(writer, stop, warn) {
      const { acceptedBytes } = await writer.ready;
      journal.waitForRoom({ stop, warn });
      const start = await journal.resume(acceptedBytes);
      if (start !== undefined) warn(`going on with ${path} at byte ${start.offset}`);
      else if (isFollowed) warn(`following ${path} from its ${isFromEnd ? 'end' : 'beginning'}`);
      const file = followFile({ path: resolve(path), start, isFollowed, isFromEnd, stop, warn });
      yield* byLines(file, isByLines);
    },
    begin: (generation, acceptedBytes) => journal.begin(generation, acceptedBytes),
    accepted: (bytes) => journal.accepted(bytes),
    finished: () => journal.forget(),
  };
}

function byLines(source: AsyncIterable<SourceChunk>, isByLines: boolean): AsyncIterable<SourceChunk> {
  return isByLines ? wholeLines(source) : source;
}

/**
 * What a path names.
 * @throws {CommandFailure} It names nothing, or a folder.
 */
export async function kindOfFile(path: string): Promise<'file' | 'pipe'> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw new CommandFailure(`Cannot read ${path}: it is a folder`);
    return facts.isFile() ? 'file' : 'pipe';
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    throw new CommandFailure(`Cannot read ${path}: ${describeFileError(cause)}`, { cause });
  }
}
