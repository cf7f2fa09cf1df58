/**
 * Signatures of form uploads (PostObject): the form signs its base64 policy. Leaves out the policy itself and the
 * form's fields.
 */
import { type SigningScope, toByteText } from './signable-request.js';
import { signatureV1 } from './v1.js';
import { deriveSigningKeyV4, signatureV4 } from './v4.js';

/** The form field `Signature`, base64. */
export function signPostPolicyV1(secret: string, policyBase64: string): string {
  return signatureV1(secret, toByteText(policyBase64));
}

/** The form field `x-oss-signature` of a V4 form, lower-case hexadecimal digits. */
export function signPostPolicyV4(secret: string, scope: SigningScope, policyBase64: string): string {
  return signatureV4(deriveSigningKeyV4(secret, scope), toByteText(policyBase64));
}
