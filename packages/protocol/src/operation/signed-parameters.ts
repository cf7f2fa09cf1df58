/**
 * Query parameters that SDKs sign and that choose no operation: they say how one is done. Together with the sub-resources of the operation table
 * and those that have no row, every name of the V1 list has a place; a test walks the list. Leaves out parameters that nobody signs with V1 (`prefix`, `max-keys`).
 */

/** What a signed parameter does, by name. `ignored`: has no effect on purpose, and why that harms nobody. */
export const SIGNED_PARAMETERS: Readonly<Record<string, string>> = {
  'security-token': 'token of temporary credentials, read with the signature',
  position: 'where an append begins, or what length a seal expects',
  comp: 'which operation of a sub-resource is meant; a row that does not know it never serves the request',
  status: 'of a live channel',
  startTime: 'beginning of a playlist',
  endTime: 'end of a playlist',
  versionId: 'the version meant',
  sequential: 'parts of an upload come in order',
  'x-oss-request-payer': 'who pays, read where a bucket lets the requester pay',
  'x-oss-traffic-limit': 'rate of the body',
  'continuation-token': 'where a listing goes on',
  callback: 'what is called after an upload',
  'callback-var': 'variables of that call',
  qosRequester: 'whose bandwidth is meant',
  'response-content-type': 'header of the answer',
  'response-content-language': 'header of the answer',
  'response-expires': 'header of the answer',
  'response-cache-control': 'header of the answer',
  'response-content-disposition': 'header of the answer',
  'response-content-encoding': 'header of the answer',
};
