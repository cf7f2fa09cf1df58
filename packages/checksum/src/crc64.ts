/**
 * CRC-64 in the parameters OSS uses (CRC-64/XZ: reflected ECMA-182 polynomial, all ones in and out). Runs anywhere
 * WebAssembly does. Leaves out combining two checksums (`crc64-combine.ts`) and hashing off the main thread
 * (`node/body-hasher.ts`).
 */
import { createCRC64 } from 'hash-wasm';

/** The largest CRC-64. */
const CRC64_MAX = 0xffff_ffff_ffff_ffffn;

/*
 * One WebAssembly instance serves every live checksum. An instance costs about 180 kB (its memory, its table and what
 * surrounds it), so a thousand concurrent bodies with one each would cost 180 MB; and its creation is asynchronous. All
 * calls into it are synchronous, so the running value of the checksum served last stays inside until it is asked for
 * or another one needs the instance, and only then is it saved and the other one's loaded (1.4 microseconds).
 */
const engine = await createCRC64();

/** Saved state of the engine: a tag of the library's build, then the running checksum, little-endian. */
const savedState = engine.init().save();
const valueOffset = savedState.length - 8;
const stateView = new DataView(savedState.buffer, savedState.byteOffset, savedState.length);

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
    if (bytes.length > 0) {
      if (occupant !== this) {
        occupant?.digest();
        stateView.setBigUint64(valueOffset, this.#value, true);
        engine.load(savedState);
        occupant = this;
      }
      engine.update(bytes);
    }
    return this;
  }

  /** The checksum of all bytes so far. May be asked for at any time, again and again. */
  digest(): bigint {
    if (occupant === this) {
      const state = engine.save();
      this.#value = new DataView(state.buffer, state.byteOffset, state.length).getBigUint64(valueOffset, true);
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

// The engine's saved state is used as a format, so a library that changed it must fail at start, not corrupt checksums.
if (valueOffset !== 4 || crc64(new TextEncoder().encode('123456789')) !== 0x995d_c9bb_df19_39fan) {
  throw new Error('Cannot compute CRC-64: the hashing library gives a wrong check value');
}
