/**
 * A whole store over a simulated disk, and what decides its time, its order and its losses of power: for tests of what works above a store. Leaves out
 * the simulation of the store itself (`simulate.ts`).
 */
export { type SeededRandom, seededRandom } from '../conformance/seeded-random.js';
export { type DiskSnapshot, diskAfterPowerLoss, SimulatedDisk } from '../file-system/simulated-disk.js';
export { openSimulatedStore, type SimulatedStore, type StoreLife, type StoreWrappers } from './open-simulated-store.js';
export { powerLosses, type Survivors } from './power-losses.js';
export { Scheduler } from './scheduler.js';
