/**
 * Proof that a domain belongs to the caller that binds it: the token of CreateCnameToken in a TXT record
 * `_dnsauth.DOMAIN`, as the public service asks for it. Leaves out where tokens are kept.
 */
import { Resolver } from 'node:dns/promises';
import { type CnameToken, OssError } from '@annals/protocol';

/** Gives the TXT records of a name, each joined; none when there is no such name. */
export type TextRecordLookup = (name: string) => Promise<readonly string[]>;

const LOOKUP_TIMEOUT_MS = 3000;
const NO_RECORD = ['ENOTFOUND', 'ENODATA'];

/** Asks the resolver of the system, for some seconds at most. */
export async function lookUpTextRecords(name: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: LOOKUP_TIMEOUT_MS, tries: 2 });
  try {
    return (await resolver.resolveTxt(name)).map((parts) => parts.join(''));
  } catch (error) {
    if (NO_RECORD.includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/**
 * Refuses a domain whose proof is not there.
 * @param tokens Of the bucket that wants it; those of other domains, and expired ones, prove nothing.
 * @throws {OssError} `NeedVerifyDomainOwnership`, also when the record cannot be looked up.
 */
export async function requireDomainProof(
  domain: string,
  tokens: readonly CnameToken[],
  nowMs: number,
  lookUp: TextRecordLookup,
): Promise<void> {
  const valid = tokens.filter((token) => token.domain === domain && token.expiresAtMs > nowMs);
  if (valid.length > 0) {
    const name = `_dnsauth.${domain}`;
    const records = await lookUp(name).catch((cause: unknown) => {
      throw new OssError('NeedVerifyDomainOwnership', {
        message: `The TXT record ${name} cannot be looked up.`,
        cause,
      });
    });
    if (valid.some(({ token }) => records.includes(token))) return;
  }
  throw new OssError('NeedVerifyDomainOwnership');
}
