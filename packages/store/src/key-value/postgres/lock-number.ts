/**
 * The numbers of the locks that gateways take for keys. All gateways of a database must agree on them: a change needs a
 * new version of the schema. Two keys with one number only wait for each other.
 */

/** Locks of one schema: two schemas of a database have different ones. */
export class LockNumbers {
  readonly #seed: number;

  constructor(schema: string) {
    this.#seed = schema.length;
    for (const byte of Buffer.from(schema)) this.#seed = Math.imul(this.#seed ^ byte, 0x01000193);
  }

  /** @returns A signed 64-bit number: two hashes of 32 bits, each mixed at the end. */
  of(key: Uint8Array): bigint {
    let high = this.#seed ^ 0x2c1b3c6d;
    let low = this.#seed ^ 0x297a2d39;
    for (const byte of key) {
      high = Math.imul(high ^ byte, 0x9e3779b1);
      low = Math.imul(low ^ byte, 0x5f356495);
      low = (low << 13) | (low >>> 19);
    }
    return (BigInt(mixed(high)) << 32n) | BigInt(mixed(low) >>> 0);
  }

  /** @returns The lock of work that one gateway does at a time; no key has it but by chance. */
  ofWork(name: string): bigint {
    return this.of(Buffer.from(`\0work\0${name}`));
  }
}

function mixed(hash: number): number {
  let value = hash ^ (hash >>> 16);
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return value ^ (value >>> 16);
}
