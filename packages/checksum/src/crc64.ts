/**
 * CRC-64 in the parameters OSS uses (CRC-64/XZ: reflected ECMA-182 polynomial, all ones in and out). Runs anywhere
 * JavaScript does. Leaves out combining two checksums (`crc64-combine.ts`) and hashing off the main thread
 * (`node/body-hasher.ts`).
 */
import { createCRC64, type IHasher } from 'hash-wasm';
import { crc64ByTables } from './crc64-tables.js';

/** The largest CRC-64. */
const CRC64_MAX = 0xffff_ffff_ffff_ffffn;

/** The check value of CRC-64/XZ: the checksum of the digits 1 to 9. */
const CHECK_VALUE = 0x995d_c9bb_df19_39fan;

/*
 * One WebAssembly instance serves every live checksum. An instance costs about 180 kB (its memory, its table and what
 * surrounds it), so a thousand concurrent bodies with one each would cost 180 MB; and its creation is asynchronous. All
 * calls into it are synchronous, so the running value of the checksum served last stays inside until it is asked for
 * or another one needs the instance, and only then is it saved and the other one's loaded (1.4 microseconds).
 *
 * Until it is ready, and where WebAssembly is forbidden, `crc64-tables.ts` computes the same values. A module that
 * waited for it here could not be loaded by `require`.
 */
interface Engine {
  readonly hasher: IHasher;
  /** What the engine loads: a tag of the library's build, then the running checksum, little-endian. */
  readonly state: Uint8Array;
  readonly stateView: DataView;
}

let engine: Engine | undefined;

/** Where the checksum stands in a saved state: behind the tag. */
const VALUE_OFFSET = 4;

/**
 * Resolves when checksums have their full speed: true as soon as WebAssembly computes them, some milliseconds after the
 * module is loaded; false where it cannot, such as on a page whose Content-Security-Policy has no `wasm-unsafe-eval`.
 * They are right all the time. A thread that blocks for ever waits for it first.
 */
export const crc64EngineReady: Promise<boolean> = createCRC64().then(
  (hasher) => {
    engine = checkedEngine(hasher);
    return engine !== undefined;
  },
  () => false,
);

/** Saved states are used as a format, so a library that changed them is not used. */
function checkedEngine(hasher: IHasher): Engine | undefined {
  const state = hasher.init().save();
  if (state.length !== VALUE_OFFSET + 8) return undefined;
  if (checksumIn(hasher.update(new TextEncoder().encode('123456789')).save()) !== CHECK_VALUE) return undefined;
  return { hasher, state, stateView: new DataView(state.buffer, state.byteOffset, state.length) };
}

function checksumIn(state: Uint8Array): bigint {
  return new DataView(state.buffer, state.byteOffset, state.length).getBigUint64(VALUE_OFFSET, true);
}

/** Whose running value is inside the engine. */
let occupant: Crc64 | undefined;

/** A running CRC-64. Any number may be live at once; each costs a few dozen bytes. */
export class Crc64 {
  #value: bigint;

  /**
   * @param initial Checksum of the bytes that came before; hashing then continues after them.
   * @throws RangeError when `initial` is not an unsigned 64-bit value.
   */
  constructor(initial = 0n) {
    this.#value = checkCrc64(initial);
  }

  /** Adds bytes. They are read before the call returns. */
  update(bytes: Uint8Array): this {
    if (bytes.length === 0) return this;
    if (engine === undefined) {
      this.#value = crc64ByTables(this.#value, bytes);
      return this;
    }
    if (occupant !== this) {
      occupant?.digest();
      engine.stateView.setBigUint64(VALUE_OFFSET, this.#value, true);
      engine.hasher.load(engine.state);
      occupant = this;
    }
    engine.hasher.update(bytes);
    return this;
  }

  /** The checksum of all bytes so far. May be asked for at any time, again and again. */
  digest(): bigint {
    if (occupant === this && engine !== undefined) {
      this.#value = checksumIn(engine.hasher.save());
      // Few callers continue after this: the next one need not save the state.
      occupant = undefined;
    }
    return this.#value;
  }

  /**
   * Forgets all bytes.
   * @param initial As for the constructor.
   */
  reset(initial = 0n): this {
    this.#value = checkCrc64(initial);
    if (occupant === this) {
      occupant = undefined;
    }
    return this;
  }
}

const oneShot = new Crc64();

/** The CRC-64 of `bytes`; 0 for none. */
export function crc64(bytes: Uint8Array): bigint {
  return oneShot.reset().update(bytes).digest();
}

/** A CRC-64 as OSS headers carry it: unsigned decimal. */
export function formatCrc64(value: bigint): string {
  return checkCrc64(value).toString();
}

/**
 * Reads an unsigned decimal CRC-64.
 * @returns `undefined` when `text` is anything else.
 */
export function parseCrc64(text: string): bigint | undefined {
  if (!/^[0-9]{1,20}$/.test(text)) {
    return undefined;
  }
  const value = BigInt(text);
  return value <= CRC64_MAX ? value : undefined;
}

function checkCrc64(value: bigint): bigint {
  if (value < 0n || value > CRC64_MAX) {
    throw new RangeError(`Cannot use ${value} as a CRC-64: expected an unsigned 64-bit value`);
  }
  return value;
}
