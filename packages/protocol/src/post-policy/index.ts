/** Policies of form uploads: read, written, signed, and held against a form. */
export * from './check-post-policy.js';
export * from './form-signature.js';
export * from './parse-post-policy.js';
export * from './post-policy.js';
export * from './sign-post-form.js';
