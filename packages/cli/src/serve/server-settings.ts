/** Translates a configuration into what the packages underneath want to be told. */
import type { ListenOptions, ServerSettings, StoragePlaces } from '@annals/server';
import type { ObjectStoreSettingsChange } from '@annals/store';
import type { Configuration } from '../configuration/schema.js';
import type { RootAccessKey } from './root-access-key.js';

/** What the server is told. @param probeToken What its own pages ask for. */
export function toServerSettings(
  configuration: Configuration,
  root: RootAccessKey,
  probeToken: string | undefined = undefined,
): ServerSettings {
  const { domain, cname, region, probes, limits, callback, lifecycle, 'access-log': accessLog } = configuration;
  return {
    domains: domain,
    cname: Object.fromEntries(cname.map((record) => record.split('=') as [string, string])),
    cnameVerification: configuration['cname-verification'],
    accessLog: { flushMs: accessLog.flush, waitingLengthBytesMax: accessLog['max-waiting'] },
    lifecycle: { hour: lifecycle.hour, intervalMs: lifecycle.interval },
    scrub: { bytesPerSecond: configuration.scrub.rate },
    region,
    blocksNewBuckets: configuration['block-public-access'] ?? false,
    proxies: {
      trusted: configuration['trusted-proxies'],
      header: configuration['proxy-header'],
      protocol: {
        http: configuration['proxy-protocol'].includes('http'),
        tls: configuration['proxy-protocol'].includes('tls'),
      },
    },
    probes: {
      listen: probes.port === undefined ? undefined : { host: probes.host, port: probes.port },
      token: probeToken,
      holdsAdmin: probes.admin === 'here',
    },
    places: toPlaces(configuration),
    root,
    limits: {
      bodyLengthBytesMax: limits['body-length'],
      drainLengthBytesMax: limits['drain-length'],
      headerBytesMax: limits['header-length'],
      headerCountMax: limits.headers,
      rateBytesPerSecondMin: limits['minimum-rate'],
      clockSkewMsMax: limits['clock-skew'],
      failedSignatureCountMax: limits['failed-signatures'],
      connectionCountMax: limits.connections,
      connectionPerAddressCountMax: limits['connections-per-address'],
      runningRequestCountMax: limits['running-requests'],
      waitingRequestCountMax: limits['waiting-requests'],
      waitingLengthBytesMax: limits['waiting-length'],
    },
    quotas: toDefaultLimits(configuration),
    callback: {
      allow: callback.allow,
      timeoutMs: callback.timeout,
      publicKeyUrl: callback['public-key-url'],
    },
    timeouts: toTimeouts(configuration),
  };
}

function toPlaces({ storage: { metadata, blobs } }: Configuration): StoragePlaces {
  const bodies = { s3: 'the bucket of storage.blobs', rados: 'the pool of storage.blobs' }[blobs.split(':')[0] ?? ''];
  return { rows: metadata === 'lmdb' ? 'the disk' : 'the database of storage.metadata', blobs: bodies ?? 'the disk' };
}

function toTimeouts({ timeouts }: Configuration): ServerSettings['timeouts'] {
  return {
    keepAliveMs: timeouts['keep-alive'],
    headersMs: timeouts.headers,
    idleMs: timeouts.idle,
    rateWindowMs: timeouts['rate-window'],
    lingerMs: timeouts.linger,
    drainMs: timeouts.drain,
    shutdownMs: timeouts.shutdown,
    certificateReloadMs: timeouts['certificate-reload'],
  };
}

function toDefaultLimits({ quotas }: Configuration): ServerSettings['quotas'] {
  return {
    bucket: withoutMissing({
      lengthBytesMax: quotas['bucket-length'],
      objectCountMax: quotas['bucket-objects'],
      requestsPerSecondMax: quotas['bucket-requests-per-second'],
      bytesPerSecondMax: quotas['bucket-rate'],
    }),
    user: withoutMissing({
      lengthBytesMax: quotas['user-length'],
      objectCountMax: quotas['user-objects'],
      requestsPerSecondMax: quotas['user-requests-per-second'],
      bytesPerSecondMax: quotas['user-rate'],
    }),
  };
}

function withoutMissing(values: Readonly<Record<string, number | undefined>>): Readonly<Record<string, number>> {
  const given = Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(given);
}

/** What the object store is told. */
export function toStoreSettings({ appendable, archive, garbage }: Configuration): ObjectStoreSettingsChange {
  return {
    appendable: {
      overwrite: appendable.overwrite,
      copy: appendable.copy,
      lengthMax: appendable['max-length'],
      replay: appendable.replay,
      appendIdCountMax: appendable['append-ids'].count,
      appendIdAgeMsMax: appendable['append-ids'].age,
    },
    archive: { restoreDelayMs: archive['restore-delay'] },
    brake: { delayMsMax: garbage['max-delay'] },
  };
}

/** How to listen for HTTPS; `undefined` when not. */
export function toTlsOptions({ tls }: Configuration): ListenOptions['tls'] {
  const { port, certificate, key } = tls;
  if (port === undefined || certificate === undefined || key === undefined) return undefined;
  return { port, certificate, key };
}
