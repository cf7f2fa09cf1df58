/** A shipper loses and doubles no line, whatever is killed; the long form is `shipper.soak.test.ts`. */
import { expect, it } from 'vitest';
import { shipLog } from './shipping.js';

it('ships each line of a rotated log once through kills of the server and of itself', async () => {
  const shipment = await shipLog(5, 20261129);
  expect(shipment.arrived, shipment.errors).toBe(shipment.written);
  expect(shipment).toMatchObject({ serverKillCount: 3, shipperKillCount: 2, exitCode: 0 });
}, 300_000);
