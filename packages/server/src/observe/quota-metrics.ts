/**
 * What buckets and users with quotas hold, as gauges. Read when a scraper asks. Leaves out which buckets and users
 * there are: the caller bounds their number.
 */
import { Gauge, type Registry } from 'prom-client';

/** One subject with a quota. */
export interface MeasuredQuota {
  readonly limits: {
    readonly kind: string;
    readonly name: string;
    readonly lengthBytesMax?: number;
    readonly objectCountMax?: number;
  };
  readonly use: { readonly lengthBytes: number; readonly objectCount: number };
}

/** How long a measurement is shown: it reads rows of every bucket. */
const MEASURED_MS = 5000;

/** Adds the gauges. */
export function addQuotaMetrics(registry: Registry, measure: () => Promise<readonly MeasuredQuota[]>): void {
  let measuredAtMs = Number.NEGATIVE_INFINITY;
  let measured: Promise<readonly MeasuredQuota[]> = Promise.resolve([]);
  const remembered = (): Promise<readonly MeasuredQuota[]> => {
    const nowMs = performance.now();
    if (nowMs - measuredAtMs <= MEASURED_MS) return measured;
    measuredAtMs = nowMs;
    // What cannot be read now is no reason to show nothing of everything else.
    measured = measure().catch(() => []);
    return measured;
  };
  const gauge = (name: string, help: string, read: (quota: MeasuredQuota) => number | undefined): void => {
    new Gauge({
      name,
      help,
      labelNames: ['kind', 'name'],
      registers: [registry],
      async collect() {
        const quotas = await remembered();
        this.reset();
        for (const quota of quotas) {
          const value = read(quota);
          if (value !== undefined) this.labels(quota.limits.kind, quota.limits.name).set(value);
        }
      },
    });
  };
  gauge(
    'annals_quota_bytes',
    'Bytes that may be held, of the first hundred with a quota of their own.',
    ({ limits }) => limits.lengthBytesMax,
  );
  gauge('annals_quota_used_bytes', 'Bytes of objects that they hold.', ({ use }) => use.lengthBytes);
  gauge('annals_quota_objects', 'Objects that they may hold.', ({ limits }) => limits.objectCountMax);
  gauge('annals_quota_used_objects', 'Objects that they hold.', ({ use }) => use.objectCount);
}
