/** A hundred kills, by `ANNALS_SOAK=shipper npx vitest run test/cli/shipper.soak.test.ts`; takes five minutes. */
import { expect, it } from 'vitest';
import { isSoaked } from '../harness/soak.js';
import { shipLog } from './shipping.js';

it.runIf(isSoaked('shipper'))(
  'ships each line of a rotated log once through a hundred kills',
  async () => {
    const shipment = await shipLog(100, 7);
    expect(shipment.arrived, shipment.errors).toBe(shipment.written);
    expect(shipment).toMatchObject({ serverKillCount: 50, shipperKillCount: 50, exitCode: 0 });
    expect(shipment.rotationCount).toBeGreaterThan(10);
  },
  3_600_000,
);
