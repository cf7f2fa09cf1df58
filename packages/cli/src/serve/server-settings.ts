/** Translates a configuration into what the packages underneath want to be told. */
import type { ServerSettings } from '@annals/server';
import type { ObjectStoreSettingsChange } from '@annals/store';
import type { Configuration } from '../configuration/schema.js';
import type { RootAccessKey } from './root-access-key.js';

/** What the server is told. */
export function toServerSettings(configuration: Configuration, root: RootAccessKey): ServerSettings {
  const { domain, region, limits, timeouts } = configuration;
  return {
    domains: domain,
    region,
    root,
    limits: {
      bodyLengthBytesMax: limits['body-length'],
      drainLengthBytesMax: limits['drain-length'],
      headerBytesMax: limits['header-length'],
      clockSkewMsMax: limits['clock-skew'],
      connectionCountMax: limits.connections,
    },
    timeouts: {
      keepAliveMs: timeouts['keep-alive'],
      headersMs: timeouts.headers,
      idleMs: timeouts.idle,
      lingerMs: timeouts.linger,
      shutdownMs: timeouts.shutdown,
    },
  };
}

/** What the object store is told. */
export function toStoreSettings({ appendable }: Configuration): ObjectStoreSettingsChange {
  return {
    appendable: { overwrite: appendable.overwrite, copy: appendable.copy, lengthMax: appendable['max-length'] },
  };
}
