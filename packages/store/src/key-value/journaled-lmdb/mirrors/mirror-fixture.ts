/** Engines and mirrors of them in one process, connected by sockets as processes are. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { KeyValueStore } from '../../../contract/key-value-store.js';
import { openJournaledLmdbKeyValueStore } from '../open.js';
import { type MirroredRows, openMirroredKeyValueStore } from './mirrored-key-value-store.js';
import { type MirrorNotes, RowMirrors } from './row-mirrors.js';

/** An engine that serves mirrors. */
export interface MirroredEngine {
  readonly engine: KeyValueStore;
  /** Opens a mirror. `socket`: its end of the connection. */
  mirror(onNote?: (note: string) => void): Promise<{ readonly store: MirroredRows; readonly socket: Socket }>;
  /** Says something to all mirrors. */
  note(text: string): void;
  close(): Promise<void>;
}

/** @param directory A folder that is there; the rows are in a folder below. */
export async function openMirroredEngine(
  directory: string,
  notes: MirrorNotes = { receive: () => undefined, ended: () => undefined },
): Promise<MirroredEngine> {
  const rows = join(directory, 'metadata');
  const engine = await openJournaledLmdbKeyValueStore({ directory: rows });
  const commit: KeyValueStore['commit'] = (one) => engine.commit(one);
  const mirrors = new RowMirrors({ keyValues: engine, directory: rows, commit, notes });
  const path = join(directory, 'socket');
  const server = createServer((socket) => void mirrors.attach(socket));
  server.listen(path);
  await once(server, 'listening');
  return {
    engine,
    async mirror(onNote = () => undefined) {
      const socket = connect(path);
      return { store: await openMirroredKeyValueStore({ directory: rows, stream: socket, onNote }), socket };
    },
    note: (text) => mirrors.note(text),
    async close() {
      server.close();
      mirrors.close();
      await engine.close();
    },
  };
}

/** Opens one mirror of an engine that is closed with it. */
export async function openMirror(
  directory: string,
): Promise<{ readonly store: KeyValueStore; close(): Promise<void> }> {
  const engine = await openMirroredEngine(directory);
  const { store } = await engine.mirror();
  return {
    store,
    async close() {
      await store.close();
      await engine.close();
    },
  };
}
