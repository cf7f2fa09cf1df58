/**
 * The functions of librados that the engine calls, over koffi. Both are loaded only here, when a pool is configured.
 * The library gets no function of ours: a call from one of its threads into JavaScript would wait for the event loop,
 * and end the process when it comes while that is being left. Whether an operation is over is asked instead
 * (`rados-completions.ts`). Leaves out when these functions may be called (`rados-session.ts`).
 */
import { LibradosMissing } from './rados-place.js';

/** An address. */
export type Pointer = bigint;

/** Takes an address that a function gives. */
export type PointerSlot = [Pointer | null];

/** A function whose work may wait for the cluster: called on a thread of Node's pool. */
type Blocking<Arguments extends readonly unknown[], Result> = {
  async(...all: [...Arguments, (error: unknown, result: Result) => void]): void;
};

/** Results below 0 are numbers of errors, negated. */
export interface Librados {
  readonly create: (cluster: PointerSlot, clusterName: string, userName: string, flags: number) => number;
  readonly readConfiguration: (cluster: Pointer, file: string | null) => number;
  readonly set: (cluster: Pointer, name: string, value: string) => number;
  readonly connect: Blocking<[cluster: Pointer], number>;
  readonly shutdown: Blocking<[cluster: Pointer], void>;
  readonly lookUpPool: Blocking<[cluster: Pointer, pool: string], number | bigint>;
  readonly command: Blocking<
    [
      ...[cluster: Pointer, commands: readonly string[], count: number, input: null, inputLength: number],
      ...[answer: PointerSlot, answerLength: [number], status: PointerSlot, statusLength: [number]],
    ],
    number
  >;
  readonly freeAnswer: (answer: Pointer) => void;
  readonly createContext: Blocking<[cluster: Pointer, pool: string, context: PointerSlot], number>;
  readonly destroyContext: (context: Pointer) => void;
  readonly setNamespace: (context: Pointer, namespace: string) => void;
  readonly contextPoolId: (context: Pointer) => number | bigint;
  /** Operations of a full pool fail, instead of waiting until there is room. */
  readonly failWhenFull: (context: Pointer) => void;
  readonly createCompletion: (argument: null, complete: null, safe: null, completion: PointerSlot) => number;
  readonly isComplete: (completion: Pointer) => number;
  readonly returnValue: (completion: Pointer) => number;
  readonly releaseCompletion: (completion: Pointer) => void;
  readonly read: (
    ...all: [context: Pointer, name: string, completion: Pointer, into: Pointer, length: number, offset: number]
  ) => number;
  readonly readAttribute: (
    ...all: [context: Pointer, name: string, completion: Pointer, attribute: string, into: Pointer, length: number]
  ) => number;
  /** Length (8 bytes) and seconds since 1970 (8 bytes). */
  readonly stat: (
    ...all: [context: Pointer, name: string, completion: Pointer, length: Pointer, modifiedAt: Pointer]
  ) => number;
  readonly remove: (context: Pointer, name: string, completion: Pointer) => number;
  readonly createWrite: () => Pointer;
  readonly releaseWrite: (write: Pointer) => void;
  readonly writeCreate: (write: Pointer, isExclusive: number, category: null) => void;
  readonly writeAssertExists: (write: Pointer) => void;
  /** Copies the bytes. */
  readonly writeFull: (write: Pointer, bytes: Uint8Array, length: number) => void;
  readonly writeAttribute: (write: Pointer, attribute: string, bytes: Uint8Array, length: number) => void;
  readonly writeRemoveAttribute: (write: Pointer, attribute: string) => void;
  readonly write: (
    ...all: [write: Pointer, context: Pointer, completion: Pointer, name: string, modifiedAt: null, flags: number]
  ) => number;
  readonly listBegin: (context: Pointer) => Pointer;
  readonly listEnd: (context: Pointer) => Pointer;
  readonly listIsEnd: (context: Pointer, cursor: Pointer) => number;
  readonly list: Blocking<
    [
      ...[context: Pointer, start: Pointer, finish: Pointer, count: number, filter: null, filterLength: number],
      ...[items: Pointer, next: PointerSlot],
    ],
    number
  >;
  readonly freeItems: (count: number, items: Pointer) => void;
  readonly freeCursor: (context: Pointer, cursor: Pointer) => void;
  readonly memory: NativeMemory;
}

/**
 * Memory that no garbage collection moves or frees: an operation that nobody waits for any more still writes into its
 * own, also while the process ends.
 */
export interface NativeMemory {
  allocate(lengthBytes: number): Pointer;
  free(memory: Pointer): void;
  /** @returns A copy. */
  copy(memory: Pointer, lengthBytes: number): Uint8Array;
}

const LIBRARY = 'librados.so.2';

let loaded: Promise<Librados> | undefined;

/** Loads the library once. @throws {LibradosMissing} */
export function loadLibrados(): Promise<Librados> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Librados> {
  const koffi = await import('koffi').catch((error: unknown) => {
    const remedy = 'install it (npm install koffi), since npm has left out what is optional';
    throw new LibradosMissing(`the package koffi cannot be loaded: ${remedy} (${describe(error)})`, { cause: error });
  });
  let library: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load(LIBRARY);
  } catch (error) {
    const remedy = 'install the package librados2 of your distribution';
    throw new LibradosMissing(`${LIBRARY} cannot be loaded: ${remedy} (${describe(error)})`, { cause: error });
  }
  const bind = (signature: string) => library.func(signature);
  return {
    create: bind('int rados_create2(_Out_ void **, const char *, const char *, uint64_t)'),
    readConfiguration: bind('int rados_conf_read_file(void *, const char *)'),
    set: bind('int rados_conf_set(void *, const char *, const char *)'),
    connect: bind('int rados_connect(void *)'),
    shutdown: bind('void rados_shutdown(void *)'),
    lookUpPool: bind('int64_t rados_pool_lookup(void *, const char *)'),
    command: bind(
      'int rados_mon_command(void *, const char **, size_t, const char *, size_t, _Out_ void **, _Out_ size_t *, _Out_ void **, _Out_ size_t *)',
    ),
    freeAnswer: bind('void rados_buffer_free(void *)'),
    createContext: bind('int rados_ioctx_create(void *, const char *, _Out_ void **)'),
    destroyContext: bind('void rados_ioctx_destroy(void *)'),
    setNamespace: bind('void rados_ioctx_set_namespace(void *, const char *)'),
    contextPoolId: bind('int64_t rados_ioctx_get_id(void *)'),
    failWhenFull: bind('void rados_set_pool_full_try(void *)'),
    createCompletion: bind('int rados_aio_create_completion(void *, void *, void *, _Out_ void **)'),
    isComplete: bind('int rados_aio_is_complete(void *)'),
    returnValue: bind('int rados_aio_get_return_value(void *)'),
    releaseCompletion: bind('void rados_aio_release(void *)'),
    read: bind('int rados_aio_read(void *, const char *, void *, void *, size_t, uint64_t)'),
    readAttribute: bind('int rados_aio_getxattr(void *, const char *, void *, const char *, void *, size_t)'),
    stat: bind('int rados_aio_stat(void *, const char *, void *, void *, void *)'),
    remove: bind('int rados_aio_remove(void *, const char *, void *)'),
    createWrite: bind('void *rados_create_write_op()'),
    releaseWrite: bind('void rados_release_write_op(void *)'),
    writeCreate: bind('void rados_write_op_create(void *, int, const char *)'),
    writeAssertExists: bind('void rados_write_op_assert_exists(void *)'),
    writeFull: bind('void rados_write_op_write_full(void *, const void *, size_t)'),
    writeAttribute: bind('void rados_write_op_setxattr(void *, const char *, const void *, size_t)'),
    writeRemoveAttribute: bind('void rados_write_op_rmxattr(void *, const char *)'),
    write: bind('int rados_aio_write_op_operate(void *, void *, void *, const char *, void *, int)'),
    listBegin: bind('void *rados_object_list_begin(void *)'),
    listEnd: bind('void *rados_object_list_end(void *)'),
    listIsEnd: bind('int rados_object_list_is_end(void *, void *)'),
    list: bind('int rados_object_list(void *, void *, void *, size_t, const void *, size_t, void *, _Inout_ void **)'),
    freeItems: bind('void rados_object_list_free(size_t, void *)'),
    freeCursor: bind('void rados_object_list_cursor_free(void *, void *)'),
    memory: {
      allocate: (lengthBytes) => koffi.alloc('uint8_t', lengthBytes),
      free: (memory) => koffi.free(memory),
      copy: (memory, lengthBytes) =>
        lengthBytes === 0 ? new Uint8Array() : koffi.decode(memory, 'uint8_t', lengthBytes),
    },
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
