/**
 * Documents of access points: `CreateAccessPointConfiguration`, `CreateAccessPointResult`, `GetAccessPointResult`,
 * `ListAccessPointsResult`. Leaves out their policies, which are JSON, and their blocks of public access
 * (`single-value.ts`).
 */
import { invalidArgument } from '../../header/refuse.js';
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { lazily, renderLongXml, type Written, type XmlPieces } from '../render-long-xml.js';
import { renderXml, type XmlContent } from '../render-xml.js';
import { childOf, wordOf } from '../xml-element.js';

/** What an access point is asked to be. */
export interface AccessPointSettings {
  readonly name: string;
  readonly networkOrigin: 'internet' | 'vpc';
  /** Always there for `vpc`. */
  readonly vpcId?: string;
}

/** An access point of a bucket. */
export interface AccessPoint extends AccessPointSettings {
  /** Ends in `-ossalias`. */
  readonly alias: string;
  readonly createdAtMs: number;
  readonly isPublicAccessBlocked: boolean;
  /** JSON text, as it was put. */
  readonly policy?: string;
}

/** Where an access point is. */
export interface AccessPointPlace {
  readonly bucket: string;
  readonly accountId: string;
  /** Such as `cn-hangzhou`. */
  readonly region: string;
}

/** A page of a listing of access points. */
export interface ListAccessPointsResult {
  readonly accountId: string;
  readonly maxKeys: number;
  readonly accessPoints: readonly { readonly bucket: string; readonly accessPoint: AccessPoint }[];
  /** Undefined on the last page. */
  readonly nextContinuationToken: string | undefined;
}

/** 3 to 19 characters; aliases have their ending for themselves. */
const NAME = /^(?!.*-ossalias$)[a-z0-9][a-z0-9-]{1,17}[a-z0-9]$/;
const VPC_ID = /^[\x21-\x7e]{1,128}$/;

/** Tells whether a text can be the name of an access point. */
export function isAccessPointName(text: string): boolean {
  return NAME.test(text);
}

/**
 * Reads the request of CreateAccessPoint.
 * @throws {OssError} `MalformedXML`, `InvalidArgument` for a name that is none.
 */
export function parseCreateAccessPoint(document: Uint8Array | string): AccessPointSettings {
  return readRequestDocument(document, 'CreateAccessPointConfiguration', readAccessPointSettings);
}

function readAccessPointSettings(root: XmlElement): AccessPointSettings {
  const name = wordOf(root, 'AccessPointName');
  const networkOrigin = wordOf(root, 'NetworkOrigin');
  const vpcId = wordOf(childOf(root, 'VpcConfiguration'), 'VpcId');
  if (name === undefined) throw malformed('CreateAccessPointConfiguration must have an AccessPointName.');
  if (networkOrigin !== 'internet' && networkOrigin !== 'vpc')
    throw malformed('NetworkOrigin must be internet or vpc.');
  if (networkOrigin === 'vpc' && vpcId === undefined) throw malformed('The NetworkOrigin vpc needs a VpcId.');
  if (vpcId !== undefined && !VPC_ID.test(vpcId)) throw malformed('VpcId is not valid.');
  if (!isAccessPointName(name)) throw invalidArgument('AccessPointName', name);
  return { name, networkOrigin, ...(vpcId !== undefined && { vpcId }) };
}

/** Writes the answer of CreateAccessPoint. */
export function renderCreateAccessPointResult(accessPoint: AccessPoint, place: AccessPointPlace): string {
  return renderXml('CreateAccessPointResult', {
    AccessPointArn: arnOf(accessPoint, place),
    Alias: accessPoint.alias,
  });
}

/**
 * Writes the answer of GetAccessPoint.
 * @param endpoint Host that leads to it.
 */
export function renderGetAccessPointResult(
  accessPoint: AccessPoint,
  place: AccessPointPlace,
  endpoint: string,
): string {
  return renderXml('GetAccessPointResult', {
    AccessPointName: accessPoint.name,
    Bucket: place.bucket,
    AccountId: place.accountId,
    ...networkOf(accessPoint),
    AccessPointArn: arnOf(accessPoint, place),
    // Seconds since 1970: the one document of the protocol that has them.
    CreationDate: Math.floor(accessPoint.createdAtMs / 1000),
    Alias: accessPoint.alias,
    Status: 'enable',
    Endpoints: { PublicEndpoint: endpoint, InternalEndpoint: endpoint },
    PublicAccessBlockConfiguration: { BlockPublicAccess: accessPoint.isPublicAccessBlocked },
  });
}

/** Writes the answer of ListAccessPoints, in pieces. */
export function renderListAccessPointsResult(result: Written<ListAccessPointsResult>): XmlPieces {
  const content = {
    IsTruncated: result.nextContinuationToken !== undefined,
    NextContinuationToken: result.nextContinuationToken,
    AccountId: result.accountId,
    MaxKeys: result.maxKeys,
    AccessPoints: {
      AccessPoint: lazily(result.accessPoints, ({ bucket, accessPoint }) => ({
        Bucket: bucket,
        AccessPointName: accessPoint.name,
        Alias: accessPoint.alias,
        ...networkOf(accessPoint),
        Status: 'enable',
      })),
    },
  };
  return renderLongXml('ListAccessPointsResult', Object.entries(content));
}

function networkOf({ networkOrigin, vpcId }: AccessPointSettings): XmlContent {
  return { NetworkOrigin: networkOrigin, ...(vpcId !== undefined && { VpcConfiguration: { VpcId: vpcId } }) };
}

function arnOf({ name }: AccessPointSettings, { region, accountId }: AccessPointPlace): string {
  return `acs:oss:${region}:${accountId}:accesspoint/${name}`;
}
