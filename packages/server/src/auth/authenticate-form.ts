/** Finds out who signed a form upload. Leaves out what its policy allows (`../operations/post-object.ts`). */
import { checkFormScope, type FormSignature, OssError, verifyFormSignature } from '@annals/protocol';
import type { Caller } from '../operations/operation.js';
import type { ServerSettings } from '../settings.js';
import type { AccessKeyDirectory } from './access-key-directory.js';

/**
 * Authenticates a form.
 * @param nowMs Milliseconds since 1970.
 * @throws {OssError} `RequestTimeTooSkewed`, `AccessDenied` or `InvalidArgument` for a V4 form out of time or for elsewhere,
 *   `InvalidAccessKeyId`, `SignatureDoesNotMatch`, and `InvalidSecurityToken` for a token, which no key of this server has.
 */
export async function authenticateForm(
  signature: FormSignature,
  nowMs: number,
  directory: AccessKeyDirectory,
  { region, limits }: Pick<ServerSettings, 'region' | 'limits'>,
): Promise<Caller> {
  checkFormScope(signature, { nowMs, skewMsMax: limits.clockSkewMsMax, ...(region !== undefined && { region }) });
  const { accessKeyId } = signature;
  const key = await directory.find(accessKeyId);
  if (key === undefined) throw new OssError('InvalidAccessKeyId', { details: { OSSAccessKeyId: accessKeyId } });
  verifyFormSignature(signature, key.secret);
  if (signature.securityToken) throw new OssError('InvalidSecurityToken');
  return key.caller;
}
