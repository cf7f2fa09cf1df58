/** Tells the operator of recorded domains that lead nowhere. */
import type { Logger } from 'pino';
import type { ServerMetrics } from '../observe/metrics.js';
import type { CustomDomainIndex } from './custom-domain-index.js';

/** Counts them, and writes a line for each. Never rejects: nobody waits for it. */
export async function reportIgnoredDomains(
  domains: Pick<CustomDomainIndex, 'judged'>,
  metrics: Pick<ServerMetrics, 'showIgnoredDomains'>,
  log: Logger,
): Promise<void> {
  try {
    const ignored = (await domains.judged()).filter(({ ignoredBecause }) => ignoredBecause !== undefined);
    metrics.showIgnoredDomains(ignored.length);
    for (const { domain, bucket, ignoredBecause } of ignored) {
      log.warn({ domain, bucket, reason: ignoredBecause }, 'custom domain ignored');
    }
  } catch (error) {
    log.debug({ err: error }, 'custom domains not checked');
  }
}
