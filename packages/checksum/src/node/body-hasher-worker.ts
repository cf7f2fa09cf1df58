/**
 * A thread that computes checksums of long bodies, all or one of them: goes round the shared rings, hashes what is
 * there, and sleeps when all are empty. Posts the index of a ring when its writer should look at it again. It has no
 * event loop work, so it may block.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Crc64, crc64EngineReady } from '../crc64.js';
import { Md5 } from './md5.js';
import { RING_STATE, type RingPart, type SharedRing, SharedRings, type SharedRingsTransfer } from './shared-ring.js';

/**
 * Bytes hashed for one ring before the next gets its turn: a fraction of a millisecond, so bodies share the thread
 * fairly.
 */
const TURN_LENGTH_BYTES_MAX = 256 * 1024;

/** What the feeding thread says when it starts a worker. */
export interface HashingWorkerStart {
  readonly transfer: SharedRingsTransfer;
  /** The checksums that this worker computes. */
  readonly parts: readonly RingPart[];
}

const { transfer, parts } = workerData as HashingWorkerStart;
const shared = new SharedRings(transfer);
const running = { crc64: [] as (Crc64 | undefined)[], md5: [] as (Md5 | undefined)[] };

// Not in the module's own evaluation: this thread never comes back to its event loop, and the engine becomes ready
// there.
void crc64EngineReady.then(() => setImmediate(takeTurns));

/** Serves every ring in turn for as long as the thread lives. */
function takeTurns(): never {
  for (;;) {
    const rung = shared.rung;
    let idle = true;
    for (const [index, ring] of shared.rings.entries()) {
      for (const part of parts) {
        if (takeTurn(ring, index, part)) {
          idle = false;
        }
      }
    }
    if (idle) {
      shared.waitForRing(rung);
    }
  }
}

/** Does what a part of a ring has to do now. Returns whether that was anything. */
function takeTurn(ring: SharedRing, index: number, part: RingPart): boolean {
  // The state is read before the bytes: once it says `finishing`, every byte is already visible.
  const state = ring.state;
  if (!ring.owes(part)) {
    return false;
  }
  if (state === RING_STATE.abandoned) {
    running[part][index] = undefined;
    ring.settle(part);
    return true;
  }
  if (state !== RING_STATE.open && state !== RING_STATE.finishing) {
    return false;
  }
  const checksum = checksumOf(ring, index, part);
  const bytes = ring.peek(part, TURN_LENGTH_BYTES_MAX);
  if (bytes.length > 0) {
    checksum.update(bytes);
    ring.consume(part, bytes.length);
  }
  // Waking the writer for every turn would cost it more than the copy it makes: half a ring of room is worth a message.
  if (ring.used <= ring.lengthBytes / 2 && ring.takeWaiting()) {
    parentPort?.postMessage(index);
  }
  if (bytes.length > 0) {
    return true;
  }
  if (state === RING_STATE.finishing) {
    running[part][index] = undefined;
    if (checksum instanceof Md5) {
      ring.md5 = checksum.digest();
    } else {
      ring.crc64 = checksum.digest();
    }
    if (ring.settle(part)) {
      parentPort?.postMessage(index);
    }
    return true;
  }
  return false;
}

function checksumOf(ring: SharedRing, index: number, part: RingPart): Crc64 | Md5 {
  if (part === 'md5') {
    running.md5[index] ??= new Md5();
    return running.md5[index];
  }
  running.crc64[index] ??= new Crc64(ring.crc64);
  return running.crc64[index];
}
