/**
 * Finds names in a configuration that mean two things: custom domains and buckets that are names of the server itself.
 */
import { isWithinDomain, readHostName } from '@annals/protocol';

/** The settings with names. */
export interface NamedHosts {
  readonly host: string;
  readonly domain: readonly string[];
  /** `DOMAIN=BUCKET`. */
  readonly cname: readonly string[];
  readonly bucket: readonly string[];
}

/** What is wrong with one setting. */
export interface NameConflict {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly input: string;
}

/** Finds all of them. */
export function findNameConflicts({ host, domain, cname, bucket }: NamedHosts): readonly NameConflict[] {
  const own = ['localhost', ...domain];
  const seen = new Map<string, string>();
  const conflicts: NameConflict[] = [];
  for (const [index, input] of cname.entries()) {
    const [name = '', target = ''] = input.split('=');
    const message = reasonAgainst(name, own, host) ?? (seen.has(name) ? 'expected each domain once' : undefined);
    if (message !== undefined) conflicts.push({ path: ['cname', index], message, input });
    else seen.set(name, target);
  }
  const hosts = [...own.map((name) => [name, undefined] as const), ...seen];
  for (const [index, input] of bucket.entries()) {
    const [taken] = hosts.find(([name, target]) => target !== input && isBucketHost(name, input, own)) ?? [];
    if (taken === undefined) continue;
    const message = `expected a bucket name that leads to no other host, but ${taken} is one of the settings`;
    conflicts.push({ path: ['bucket', index], message, input });
  }
  return conflicts;
}

function reasonAgainst(name: string, own: readonly string[], host: string): string | undefined {
  const read = readHostName(name);
  if (read?.kind !== 'name') return 'expected a domain name, not an address';
  if (name === readName(host)) return 'expected another name than that of the setting host';
  const domain = own.find((known) => isWithinDomain(name, known));
  return domain === undefined ? undefined : `expected a name outside ${domain}, which is a domain of the server`;
}

function readName(host: string): string | undefined {
  const read = readHostName(host);
  return read?.kind === 'name' ? read.name : undefined;
}

function isBucketHost(name: string, bucket: string, domains: readonly string[]): boolean {
  return domains.some((domain) => name === `${bucket}.${domain}`);
}
