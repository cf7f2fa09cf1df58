/**
 * Query parameters that SDKs sign and that choose no operation: they say how one is done. Together with the
 * sub-resources of the operation table and those that have no row, every name of the V1 list has a place; a test walks
 * the list. Leaves out parameters that nobody signs with V1 (`prefix`, `max-keys`).
 */

import { handled, ignored, type RequestName } from './request-name.js';

const OF_PLAYLISTS = ignored('bounds of a playlist, whose operations answer 501 as a whole');

/** What becomes of a signed parameter, by name. */
export const SIGNED_PARAMETERS: Readonly<Record<string, RequestName>> = {
  'security-token': handled('token of temporary credentials, read with the signature'),
  position: handled('where an append begins, or what length a seal expects'),
  comp: handled('which operation of a sub-resource is meant; a row that does not know it never serves the request'),
  status: handled('of a live channel'),
  startTime: OF_PLAYLISTS,
  endTime: OF_PLAYLISTS,
  versionId: handled('the version meant'),
  sequential: handled('parts of an upload come in order'),
  'x-oss-request-payer': handled('who pays, read where a bucket lets the requester pay'),
  'x-oss-traffic-limit': handled('rate of the body'),
  'continuation-token': handled('where a listing goes on'),
  callback: handled('what is called after an upload'),
  'callback-var': handled('variables of that call'),
  qosRequester: handled('whose bandwidth is meant'),
  'response-content-type': handled('header of the answer'),
  'response-content-language': handled('header of the answer'),
  'response-expires': handled('header of the answer'),
  'response-cache-control': handled('header of the answer'),
  'response-content-disposition': handled('header of the answer'),
  'response-content-encoding': handled('header of the answer'),
};
