/** Request signatures, both directions: what a client adds to a request and what a server makes of it. */
export * from './authentication.js';
export * from './check-times.js';
export * from './post-policy.js';
export * from './sign-request.js';
export type { Credentials, SignableRequest, SigningScope } from './signable-request.js';
export { deriveSigningKeyV4, SigningKeyCache, signatureV4, UNSIGNED_PAYLOAD } from './v4.js';
export * from './verify-signature.js';
