/** Documents of custom domain names: `BucketCnameConfiguration`, `CnameToken`, `ListCnameResult`. */
import { OssError } from '../../error/oss-error.js';
import { formatIsoTime } from '../../iso-time.js';
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { renderXml } from '../render-xml.js';
import { childOf, wordOf } from '../xml-element.js';

/** A domain name that leads to a bucket. */
export interface CnameRecord {
  /** In lower case. */
  readonly domain: string;
  readonly lastModifiedAtMs: number;
}

/** What a domain's owner publishes to prove that it is theirs. */
export interface CnameToken {
  readonly bucket: string;
  readonly domain: string;
  readonly token: string;
  readonly expiresAtMs: number;
}

const DOMAIN = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads the request of PutCname, DeleteCname and CreateCnameToken.
 * @returns The domain in lower case.
 * @throws {OssError} `MalformedXML`, also without a domain, `InvalidArgument` for what is no domain name,
 *   `NotImplemented` for a certificate: those are files of the server.
 */
export function parseCnameRequest(document: Uint8Array | string): string {
  return readRequestDocument(document, 'BucketCnameConfiguration', readCname);
}

function readCname(root: XmlElement): string {
  const cname = childOf(root, 'Cname');
  const domain = wordOf(cname, 'Domain')?.toLowerCase();
  if (domain === undefined) throw malformed('BucketCnameConfiguration must have a Cname with a Domain.');
  requireDomain(domain);
  if (childOf(cname, 'CertificateConfiguration') !== undefined) {
    throw new OssError('NotImplemented', {
      message: 'Certificates are files of this server and cannot be put with a domain.',
      details: { Header: 'CertificateConfiguration' },
    });
  }
  return domain;
}

/**
 * Refuses what is no domain name of at least two labels.
 * @param domain In lower case.
 * @throws {OssError} `InvalidArgument`.
 */
export function requireDomain(domain: string): void {
  if (DOMAIN.test(domain)) return;
  throw new OssError('InvalidArgument', {
    message: 'The domain is not valid.',
    details: { ArgumentName: 'Domain', ArgumentValue: domain },
  });
}

/** Writes the request of PutCname, DeleteCname and CreateCnameToken. */
export function renderCnameRequest(domain: string): string {
  return renderXml('BucketCnameConfiguration', { Cname: { Domain: domain } });
}

/** Writes the answer of CreateCnameToken and GetCnameToken. */
export function renderCnameToken({ bucket, domain, token, expiresAtMs }: CnameToken): string {
  return renderXml('CnameToken', {
    Bucket: bucket,
    Cname: domain,
    Token: token,
    ExpireTime: new Date(expiresAtMs).toUTCString(),
  });
}

/** Writes the answer of ListCname. */
export function renderListCnameResult(bucket: string, ownerId: string, records: readonly CnameRecord[]): string {
  return renderXml('ListCnameResult', {
    Bucket: bucket,
    Owner: ownerId,
    Cname: records.map(({ domain, lastModifiedAtMs }) => ({
      Domain: domain,
      LastModified: formatIsoTime(lastModifiedAtMs),
      Status: 'Enabled',
    })),
  });
}
