/** How many connections a process of a server takes. */
import { connectionCountsThatFit, type OpenLog, type ServerSettings } from '@annals/server';

/**
 * Without a limit of the operator's: as many connections as leave descriptors for the files of their requests. With
 * one: no more than can be accepted, since the server could not even answer a connection past that.
 */
export function withConnectionLimit(settings: ServerSettings, log: OpenLog['log']): ServerSettings {
  const { limits } = settings;
  const fitting = connectionCountsThatFit();
  if (limits.connectionCountMax === undefined) {
    const connectionCountMax = fitting?.comfortableCount;
    log.info({ connectionCountMax }, 'limit of connections');
    return { ...settings, limits: { ...limits, connectionCountMax } };
  }
  if (fitting === undefined || limits.connectionCountMax <= fitting.comfortableCount) return settings;
  const connectionCountMax = Math.min(limits.connectionCountMax, fitting.countMax);
  log.warn({ asked: limits.connectionCountMax, connectionCountMax }, 'more connections than descriptors allow');
  return { ...settings, limits: { ...limits, connectionCountMax } };
}
