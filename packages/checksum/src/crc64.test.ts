import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { crc64ByTables } from './crc64-tables.js';
import { Crc64, combineCrc64, crc64, crc64EngineReady, formatCrc64, parseCrc64 } from './index.js';

const POLYNOMIAL = 0xc96c_5795_d787_0f42n;

beforeAll(() => crc64EngineReady);

/** The definition, bit by bit. */
function crc64ByDefinition(bytes: Uint8Array): bigint {
  let crc = 0xffff_ffff_ffff_ffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 1n) === 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
    }
  }
  return crc ^ 0xffff_ffff_ffff_ffffn;
}

describe('crc64', () => {
  it('gives the check value of CRC-64/XZ', () => {
    expect(crc64(new TextEncoder().encode('123456789'))).toBe(0x995d_c9bb_df19_39fan);
  });

  it('gives 0 for no bytes', () => {
    expect(crc64(new Uint8Array())).toBe(0n);
  });

  it('agrees with the definition', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(crc64(bytes)).toBe(crc64ByDefinition(bytes));
      }),
    );
  });

  it('agrees with the definition beyond the size of the engine’s buffer', () => {
    const bytes = Uint8Array.from({ length: 70_001 }, (_, index) => (index * 31) ^ (index >> 8));
    expect(crc64(bytes)).toBe(crc64ByDefinition(bytes));
  });
});

describe('crc64ByTables', () => {
  it('agrees with the definition, and continues from a known checksum wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 200 }), (bytes, cut) => {
        const before = crc64ByTables(0n, bytes.subarray(0, cut));
        expect(crc64ByTables(before, bytes.subarray(cut))).toBe(crc64ByDefinition(bytes));
      }),
    );
  });
});

describe('crc64EngineReady', () => {
  it('is true here, and a checksum that began before goes on in the engine', async () => {
    vi.resetModules();
    const fresh = await import('./crc64.js');
    // Nothing was waited for but the module itself, so the engine is not ready.
    const running = new fresh.Crc64().update(new TextEncoder().encode('1234'));
    expect(await fresh.crc64EngineReady).toBe(true);
    expect(running.update(new TextEncoder().encode('56789')).digest()).toBe(0x995d_c9bb_df19_39fan);
  });

  it('is false where WebAssembly cannot be compiled, and checksums are right', async () => {
    vi.resetModules();
    vi.stubGlobal('WebAssembly', undefined);
    try {
      const fresh = await import('./crc64.js');
      expect(await fresh.crc64EngineReady).toBe(false);
      expect(fresh.crc64(new TextEncoder().encode('123456789'))).toBe(0x995d_c9bb_df19_39fan);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe('Crc64', () => {
  it('gives the same checksum however the bytes are cut, many running at once, digests taken in between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 4 }), fc.uint8Array({ maxLength: 40 }), fc.boolean()), { maxLength: 60 }),
        (steps) => {
          const running = Array.from({ length: 5 }, () => new Crc64());
          const received: number[][] = running.map(() => []);
          for (const [index, bytes, takesDigest] of steps) {
            running[index]?.update(bytes);
            received[index]?.push(...bytes);
            if (takesDigest) {
              expect(running[index]?.digest()).toBe(crc64ByDefinition(Uint8Array.from(received[index] ?? [])));
            }
          }
          expect(running.map((one) => one.digest())).toEqual(
            received.map((bytes) => crc64ByDefinition(Uint8Array.from(bytes))),
          );
        },
      ),
    );
  });

  it('continues from a known checksum', () => {
    const bytes = new TextEncoder().encode('123456789');
    expect(new Crc64(crc64(bytes.subarray(0, 4))).update(bytes.subarray(4)).digest()).toBe(crc64(bytes));
  });

  it('forgets everything on reset, also while it was the one updated last', () => {
    const running = new Crc64().update(new Uint8Array([1, 2, 3]));
    expect(running.reset().digest()).toBe(0n);
    expect(running.update(new Uint8Array([9])).digest()).toBe(crc64(new Uint8Array([9])));
  });

  it.each([-1n, 1n << 64n])('refuses the initial value %s', (value) => {
    expect(() => new Crc64(value)).toThrow(RangeError);
  });
});

describe('combineCrc64', () => {
  it('equals the checksum of the whole, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.uint8Array({ maxLength: 3000 }), (first, second) => {
        const whole = new Uint8Array([...first, ...second]);
        expect(combineCrc64(crc64(first), crc64(second), second.length)).toBe(crc64(whole));
      }),
    );
  });

  it('is associative over lengths that no memory holds', () => {
    const crc = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    const length = fc.maxSafeNat().map((value) => Math.floor(value / 2));
    fc.assert(
      fc.property(crc, crc, crc, length, length, (a, b, c, lengthB, lengthC) => {
        const left = combineCrc64(combineCrc64(a, b, lengthB), c, lengthC);
        const right = combineCrc64(a, combineCrc64(b, c, lengthC), lengthB + lengthC);
        expect(left).toBe(right);
      }),
    );
  });

  it('takes the length as a bigint too', () => {
    expect(combineCrc64(5n, 7n, 1000n)).toBe(combineCrc64(5n, 7n, 1000));
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53, 1n << 60n])('refuses the length %s', (length) => {
    expect(() => combineCrc64(1n, 2n, length)).toThrow(RangeError);
  });
});

describe('formatCrc64 and parseCrc64', () => {
  // Checksums printed in the public documentation beside ETags whose first eight bytes hold them, little-endian.
  it.each([
    ['14741617095266562575', '0F7230CAA4BE94CC'],
    ['3231342946509354535', '2776271A4A09D82C'],
    ['18020588380933092773', 'A5750CC1A7FD15FA'],
  ])('carry the documented sample %s', (text, etagHead) => {
    const value = parseCrc64(text) as bigint;
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    expect(Buffer.from(bytes).toString('hex').toUpperCase()).toBe(etagHead);
    expect(formatCrc64(value)).toBe(text);
  });

  it('are inverse to each other', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (value) => {
        expect(parseCrc64(formatCrc64(value))).toBe(value);
      }),
    );
  });

  it.each(['', '-1', '1.0', '0x10', ' 1', '18446744073709551616', '111111111111111111111'])('refuse %j', (text) => {
    expect(parseCrc64(text)).toBeUndefined();
  });
});
