/** What each of several workers may hold of what an operator limits for the whole server. */
import type { ServerSettings } from '@annals/server';

/** @returns The settings of one of `count` workers. Rates are divided where they are in force. */
export function shareOfSettings(settings: ServerSettings, count: number): ServerSettings {
  const { limits, accessLog } = settings;
  const share = (total: number): number => Math.ceil(total / count);
  return {
    ...settings,
    accessLog: { ...accessLog, waitingLengthBytesMax: share(accessLog.waitingLengthBytesMax) },
    limits: {
      ...limits,
      connectionCountMax: limits.connectionCountMax && share(limits.connectionCountMax),
      connectionPerAddressCountMax: share(limits.connectionPerAddressCountMax),
      failedSignatureCountMax: share(limits.failedSignatureCountMax),
      runningRequestCountMax: share(limits.runningRequestCountMax),
      waitingRequestCountMax: share(limits.waitingRequestCountMax),
      waitingLengthBytesMax: share(limits.waitingLengthBytesMax),
    },
  };
}
