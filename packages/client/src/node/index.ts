/** What a client can do on Node only: credentials of the environment and of files, spools, streams. */
export { appendWritable } from './append-writable.js';
export { environmentCredentials } from './environment-credentials.js';
export { type FileSpoolOptions, fileSpool } from './file-spool.js';
export { type ProfileOptions, profileCredentials } from './profile-credentials.js';
