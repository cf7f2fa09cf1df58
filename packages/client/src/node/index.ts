/** What a client can do on Node only: credentials of the environment and of files. */
export { environmentCredentials } from './environment-credentials.js';
export { type ProfileOptions, profileCredentials } from './profile-credentials.js';
