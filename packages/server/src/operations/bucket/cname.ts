/**
 * Custom domain names of a bucket: `?cname`. Who may change the bucket may give it a domain that is none of the
 * server's own names and no other bucket's; with the setting `cname-verification: dns` only with a proof. Requests find
 * their bucket in `../custom-domains`.
 */
import { randomBytes } from 'node:crypto';
import {
  type CnameToken,
  OssError,
  parseCnameRequest,
  renderCnameToken,
  renderListCnameResult,
} from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { requireDomainProof } from '../../custom-domains/domain-proof.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import { xmlResponse } from '../answering/xml-response.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';

interface CnameInput {
  readonly bucket: string;
  readonly domain: string;
}

/** Three days, as the public service has it. */
const TOKEN_LIFE_MS = 259_200_000;
const DOMAIN_COUNT_MAX = 100;

async function readCname(request: OperationRequest): Promise<CnameInput> {
  return { bucket: requireBucket(request), domain: parseCnameRequest(await readConfigurationDocument(request)) };
}

/** Binds a domain to a bucket after its owner proved it: `PutCname`. */
export const putCname = defineOperation<'PutCname', CnameInput, BucketRecord>({
  name: 'PutCname',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'A caller that may change the bucket may give it a domain that is no name of the server and no other bucket has; ' +
    'proof by DNS record with `cname-verification: dns`. Certificates are files of the server ' +
    '(`NotImplemented`).',
  permissions: ownAction('owner'),
  parse: readCname,
  async handle({ bucket, domain }, { store, clock, settings, domains, lookUpTextRecords }) {
    domains.refuseOwn(domain);
    if (settings.cnameVerification === 'dns') {
      const { cnameTokens = [] } = configurationsOf(await store.getBucket(bucket));
      await requireDomainProof(domain, cnameTokens, clock(), lookUpTextRecords);
    }
    return domains.claim(domain, bucket, () =>
      store.updateBucket(bucket, (record) => {
        const others = configurationsOf(record).cnames?.filter((cname) => cname.domain !== domain) ?? [];
        if (others.length >= DOMAIN_COUNT_MAX) {
          throw new OssError('InvalidArgument', {
            message: `A bucket cannot have more than ${DOMAIN_COUNT_MAX} domains.`,
            details: { ArgumentName: 'Domain', ArgumentValue: domain },
          });
        }
        return { configurations: { cnames: [...others, { domain, lastModifiedAtMs: clock() }] } };
      }),
    );
  },
  render: () => ({ status: 200, headers: {} }),
});

/** Takes a domain from a bucket: `DeleteCname`. */
export const deleteCname = defineOperation<'DeleteCname', CnameInput, BucketRecord>({
  name: 'DeleteCname',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: readCname,
  async handle({ bucket, domain }, { store, domains }) {
    const record = await store.updateBucket(bucket, (before) => {
      const left = configurationsOf(before).cnames?.filter((cname) => cname.domain !== domain) ?? [];
      return { configurations: { cnames: left.length === 0 ? undefined : left } };
    });
    domains.forget();
    return record;
  },
  render: () => ({ status: 200, headers: {} }),
});

/** Lists the domains of a bucket: `ListCname`. */
export const listCname = defineOperation<'ListCname', string, BucketRecord>({
  name: 'ListCname',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.getBucket(bucket),
  render: (bucket) =>
    xmlResponse(renderListCnameResult(bucket.name, bucket.ownerId, configurationsOf(bucket).cnames ?? [])),
});

/** Makes the token that proves a domain by a TXT record: `CreateCnameToken`. */
export const createCnameToken = defineOperation<'CreateCnameToken', CnameInput, CnameToken>({
  name: 'CreateCnameToken',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'One that is still valid is given again. Asked for with `cname-verification: dns` only.',
  permissions: ownAction('owner'),
  parse: readCname,
  async handle({ bucket, domain }, { store, clock, domains }) {
    domains.refuseOwn(domain);
    // One that is still valid is given again: its owner may have published it already.
    const known = configurationsOf(await store.getBucket(bucket)).cnameTokens ?? [];
    const valid = known.find((other) => other.domain === domain && other.expiresAtMs > clock());
    if (valid !== undefined) return valid;
    const token: CnameToken = {
      bucket,
      domain,
      token: randomBytes(16).toString('hex'),
      expiresAtMs: clock() + TOKEN_LIFE_MS,
    };
    await store.updateBucket(bucket, (record) => {
      const others = configurationsOf(record).cnameTokens?.filter((known) => isOtherAndValid(known, token, clock()));
      return { configurations: { cnameTokens: [...(others ?? []), token].slice(-DOMAIN_COUNT_MAX) } };
    });
    return token;
  },
  render: (token) => xmlResponse(renderCnameToken(token)),
});

interface CnameTokenInput {
  readonly bucket: string;
  readonly domain: string;
}

/** Shows the token of a domain: `GetCnameToken`. */
export const getCnameToken = defineOperation<'GetCnameToken', CnameTokenInput, CnameToken>({
  name: 'GetCnameToken',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: (request) => ({
    bucket: requireBucket(request),
    domain: (request.query.get('cname') ?? '').toLowerCase(),
  }),
  async handle({ bucket, domain }, { store, clock }) {
    const tokens = configurationsOf(await store.getBucket(bucket)).cnameTokens ?? [];
    const token = tokens.find((known) => known.domain === domain && known.expiresAtMs > clock());
    if (token === undefined) throw new OssError('CnameTokenNotFound', { details: { Bucket: bucket, Cname: domain } });
    return token;
  },
  render: (token) => xmlResponse(renderCnameToken(token)),
});

function isOtherAndValid(known: CnameToken, { domain }: CnameToken, nowMs: number): boolean {
  return known.domain !== domain && known.expiresAtMs > nowMs;
}
