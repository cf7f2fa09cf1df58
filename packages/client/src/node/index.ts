/** What a client can do on Node only: credentials of the environment and of files, spools, streams, files. */
export { appendWritable } from './append-writable.js';
export { type DownloadFileInput, type DownloadProgress, type DownloadResult, downloadFile } from './download-file.js';
export { isDownloadRemains, removeDownloadRemains } from './download-remains.js';
export { environmentCredentials } from './environment-credentials.js';
export { fileSource } from './file-source.js';
export { type FileSpoolOptions, fileSpool } from './file-spool.js';
export { type NodeFetch, type NodeFetchOptions, nodeFetch } from './node-fetch.js';
export { type ProfileOptions, profileCredentials } from './profile-credentials.js';
export { readProfileSections } from './profile-sections.js';
export { resumeFile } from './resume-file.js';
export { type UploadFileInput, uploadFile } from './upload-file.js';
