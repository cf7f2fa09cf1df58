/**
 * The thread that hashes long bodies: goes round the shared rings, hashes what is there, and sleeps when all are empty.
 * Posts the index of a ring when its writer should look at it again. It has no event loop work, so it may block.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Crc64, crc64EngineReady } from '../crc64.js';
import { Md5 } from './md5.js';
import { RING_STATE, type SharedRing, SharedRings, type SharedRingsTransfer } from './shared-ring.js';

/**
 * Bytes hashed for one ring before the next gets its turn: a fraction of a millisecond, so bodies share the thread
 * fairly.
 */
const TURN_LENGTH_BYTES_MAX = 256 * 1024;

interface RunningHashes {
  readonly crc64: Crc64;
  readonly md5: Md5 | undefined;
}

const shared = new SharedRings(workerData as SharedRingsTransfer);
const running: (RunningHashes | undefined)[] = shared.rings.map(() => undefined);

// Not in the module's own evaluation: this thread never comes back to its event loop, and the engine becomes ready
// there.
void crc64EngineReady.then(() => setImmediate(takeTurns));

/** Serves every ring in turn for as long as the thread lives. */
function takeTurns(): never {
  for (;;) {
    const rung = shared.rung;
    let idle = true;
    for (const [index, ring] of shared.rings.entries()) {
      if (takeTurn(ring, index)) {
        idle = false;
      }
    }
    if (idle) {
      shared.waitForRing(rung);
    }
  }
}

/** Does what a ring has to do now. Returns whether that was anything. */
function takeTurn(ring: SharedRing, index: number): boolean {
  // The state is read before the bytes: once it says `finishing`, every byte is already visible.
  const state = ring.state;
  if (state === RING_STATE.abandoned) {
    running[index] = undefined;
    ring.changeState(RING_STATE.abandoned, RING_STATE.free);
    return true;
  }
  if (state !== RING_STATE.open && state !== RING_STATE.finishing) {
    return false;
  }
  running[index] ??= { crc64: new Crc64(ring.crc64), md5: ring.wantsMd5 ? new Md5() : undefined };
  const hashes = running[index];
  const bytes = ring.peek(TURN_LENGTH_BYTES_MAX);
  if (bytes.length > 0) {
    hashes.crc64.update(bytes);
    hashes.md5?.update(bytes);
    ring.consume(bytes.length);
    // Waking the writer for every turn would cost it more than the copy it makes: half a ring of room is worth a
    // message.
    if (ring.used <= ring.lengthBytes / 2 && ring.takeWaiting()) {
      parentPort?.postMessage(index);
    }
    return true;
  }
  if (ring.takeWaiting()) {
    parentPort?.postMessage(index);
  }
  if (state === RING_STATE.finishing) {
    running[index] = undefined;
    ring.crc64 = hashes.crc64.digest();
    if (hashes.md5 !== undefined) {
      ring.md5 = hashes.md5.digest();
    }
    if (ring.changeState(RING_STATE.finishing, RING_STATE.finished)) {
      parentPort?.postMessage(index);
    }
    return true;
  }
  return false;
}
