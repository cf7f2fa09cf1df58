/** Policies of form uploads: read, written in messages, and held against a form. */
export * from './check-post-policy.js';
export * from './form-signature.js';
export * from './parse-post-policy.js';
export * from './post-policy.js';
