/** Finds out who signed a form upload. Leaves out what its policy allows (`../operations/bucket/post-object.ts`). */
import { checkFormScope, type FormSignature, verifyFormSignature } from '@annals/protocol';
import type { Caller } from '../request/caller.js';
import type { ServerSettings } from '../settings.js';
import { type AccessKeyDirectory, admitCaller, findAccessKey } from './access-key-directory.js';

/**
 * Authenticates a form.
 * @param nowMs Milliseconds since 1970.
 * @throws {OssError} `RequestTimeTooSkewed`, `AccessDenied` or `InvalidArgument` for a V4 form out of time or for
 *   elsewhere, `SignatureDoesNotMatch`, and what `findAccessKey` and `admitCaller` throw.
 */
export async function authenticateForm(
  signature: FormSignature,
  nowMs: number,
  directory: AccessKeyDirectory,
  { region, limits }: Pick<ServerSettings, 'region' | 'limits'>,
): Promise<Caller> {
  checkFormScope(signature, { nowMs, skewMsMax: limits.clockSkewMsMax, ...(region !== undefined && { region }) });
  const key = await findAccessKey(signature, directory, nowMs);
  verifyFormSignature(signature, key.secret);
  return admitCaller(key, directory);
}
