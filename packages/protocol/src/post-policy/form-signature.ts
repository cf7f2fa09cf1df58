/**
 * Who claims to have signed a form upload, and whether that is so. A form signs its policy and nothing else; what the
 * policy does not fix is the sender's choice. V1 (fields `OSSAccessKeyId`, `policy`, `Signature`) and V4 (`x-oss-*` and
 * `policy`). Leaves out what the policy says (`check-post-policy.ts`) and whose key it is.
 */
import { constantTimeEqual } from '#digest';
import { OssError } from '../error/oss-error.js';
import { requestTimeTooSkewed } from '../signature/check-times.js';
import { parseBasicTime, parseCredentialV4 } from '../signature/credential-v4.js';
import { signPostPolicyV1, signPostPolicyV4 } from '../signature/post-policy.js';
import type { SigningScope } from '../signature/signable-request.js';
import { signatureDoesNotMatch } from '../signature/signature-mismatch.js';
import { V4_ALGORITHM } from '../signature/v4.js';

/** What a form says of its signature; nothing of it is verified. */
export interface FormSignature {
  readonly kind: 'v1' | 'v4';
  readonly accessKeyId: string;
  readonly signature: string;
  /** The text that is signed. */
  readonly policyBase64: string;
  /** Token of temporary credentials. */
  readonly securityToken: string | undefined;
  /** V4 only. */
  readonly scope: SigningScope | undefined;
  /** V4 only: milliseconds since 1970. */
  readonly signedAtMs: number | undefined;
}

/** Fields that a V4 policy must fix, so that its signer chooses them, and not the sender of the form. */
export const V4_FIXED_FIELDS = ['x-oss-signature-version', 'x-oss-credential', 'x-oss-date'] as const;

/** How long a V4 form is good for at most, whatever its policy says: 7 days, as with V4 URLs. */
const V4_VALIDITY_MS_MAX = 604_800_000;

/**
 * Reads the signature of a form.
 * @param fields Values by lower-case name.
 * @returns `undefined` for a form that nobody signed.
 * @throws {OssError} `InvalidArgument` when only some of the fields of a signature are there, or one is malformed.
 */
export function readFormSignature(fields: ReadonlyMap<string, string>): FormSignature | undefined {
  const version = fields.get('x-oss-signature-version');
  if (version !== undefined && version !== V4_ALGORITHM) {
    throw invalidField('x-oss-signature-version', version, 'The signature version of the form is not supported.');
  }
  const isV4 = version !== undefined || fields.has('x-oss-credential') || fields.has('x-oss-signature');
  return isV4 ? readV4(fields) : readV1(fields);
}

/**
 * Checks that a V4 form comes in time and for this region; a V1 form says neither, its policy's expiration is all there
 * is.
 * @throws {OssError} `RequestTimeTooSkewed`, `AccessDenied` or `InvalidArgument`.
 */
export function checkFormScope(
  { signedAtMs, scope }: FormSignature,
  { nowMs, skewMsMax, region }: { readonly nowMs: number; readonly skewMsMax: number; readonly region?: string },
): void {
  if (signedAtMs === undefined || scope === undefined) return;
  if (signedAtMs - nowMs > skewMsMax) throw requestTimeTooSkewed({ signedAtMs, nowMs, skewMsMax });
  if (nowMs - signedAtMs > V4_VALIDITY_MS_MAX) throw new OssError('AccessDenied', { message: 'Request has expired.' });
  if (region !== undefined && scope.region !== region) {
    throw new OssError('InvalidArgument', {
      message: 'The signing region in credential is invalid.',
      ec: '0002-00000226',
    });
  }
  if (scope.product !== 'oss' && scope.product !== 'oss-cloudbox') {
    throw new OssError('InvalidArgument', {
      message: 'The signing product in credential is invalid.',
      ec: '0002-00000227',
    });
  }
}

/**
 * Verifies a form's signature.
 * @throws {OssError} `SignatureDoesNotMatch`.
 */
export function verifyFormSignature(claim: FormSignature, secret: string): void {
  const { scope, policyBase64, signature } = claim;
  const expected =
    scope === undefined ? signPostPolicyV1(secret, policyBase64) : signPostPolicyV4(secret, scope, policyBase64);
  if (constantTimeEqual(expected, signature)) return;
  throw signatureDoesNotMatch(claim, new TextEncoder().encode(policyBase64));
}

function readV1(fields: ReadonlyMap<string, string>): FormSignature | undefined {
  const names = ['OSSAccessKeyId', 'policy', 'Signature'] as const;
  const [accessKeyId, policyBase64, signature] = names.map((name) => fields.get(name.toLowerCase()));
  if (accessKeyId === undefined && policyBase64 === undefined && signature === undefined) return undefined;
  if (accessKeyId === undefined) throw missingField('OSSAccessKeyId');
  if (policyBase64 === undefined) throw missingField('policy');
  return {
    kind: 'v1',
    accessKeyId,
    policyBase64,
    signature: requireSignature('Signature', signature),
    securityToken: fields.get('x-oss-security-token'),
    scope: undefined,
    signedAtMs: undefined,
  };
}

function readV4(fields: ReadonlyMap<string, string>): FormSignature {
  if (!fields.has('x-oss-signature-version')) throw missingField('x-oss-signature-version');
  const credential = fields.get('x-oss-credential');
  if (credential === undefined) throw missingField('x-oss-credential');
  const policyBase64 = fields.get('policy');
  if (policyBase64 === undefined) throw missingField('policy');
  const date = fields.get('x-oss-date');
  if (date === undefined) throw missingField('x-oss-date');
  const signedAtMs = parseBasicTime(date);
  if (signedAtMs === undefined) throw invalidField('x-oss-date', date, 'The x-oss-date of the form is invalid.');
  const { accessKeyId, scope } = readCredential(credential);
  if (date.slice(0, 8) !== scope.date) throw invalidCredential(credential);
  return {
    kind: 'v4',
    accessKeyId,
    policyBase64,
    signature: requireSignature('x-oss-signature', fields.get('x-oss-signature')),
    securityToken: fields.get('x-oss-security-token'),
    scope,
    signedAtMs,
  };
}

function requireSignature(name: string, signature: string | undefined): string {
  if (signature === undefined) throw missingField(name, '0002-00000703');
  if (signature !== '') return signature;
  throw new OssError('InvalidArgument', {
    message: 'Post request signature is empty.',
    ec: '0002-00000704',
    details: { ArgumentName: name },
  });
}

function readCredential(text: string): { accessKeyId: string; scope: SigningScope } {
  const credential = parseCredentialV4(text);
  if (credential === undefined) throw invalidCredential(text);
  return credential;
}

function invalidCredential(credential: string): OssError {
  return invalidField('x-oss-credential', credential, 'The credential of the form is invalid.', '0002-00000710');
}

function missingField(name: string, ec?: string): OssError {
  return new OssError('InvalidArgument', {
    message: `The bucket POST must contain the specified '${name}'. If it is specified, please check the order of the fields.`,
    ...(ec !== undefined && { ec }),
    details: { ArgumentName: name },
  });
}

function invalidField(name: string, value: string, message: string, ec?: string): OssError {
  return new OssError('InvalidArgument', {
    message,
    ...(ec !== undefined && { ec }),
    details: { ArgumentName: name, ArgumentValue: value },
  });
}
