/** How the processes of one server find out about each other: as gateways of one store do. */
import type { OpenLog } from '@annals/server';
import type { GatewaySettings } from '@annals/store';

/** @returns The settings of each of them, the one that keeps the store included. */
export function workerGateways(log: OpenLog['log']): GatewaySettings {
  return {
    onFailure: (error) => log.error({ err: error }, 'this process could not say that it is there'),
    onTakenForGone: () => log.warn('other processes took this one for gone; it goes on under a new id'),
  };
}
