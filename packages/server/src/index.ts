/** Turns HTTP requests into store calls and results into responses: builds and runs a server over an opened store. */
export { type AccessKey, type AccessKeyDirectory, rootKeyDirectory } from './auth/access-key-directory.js';
export { CallbackKey } from './callback/callback-key.js';
export type { AddressLookup, CallbackSettings } from './callback/callback-sender.js';
export type { OperationRows } from './http/pipeline.js';
export { type CountedRequest, createMetrics, type ServerMetrics } from './observe/metrics.js';
export { createLog, type OpenLog, openLog } from './observe/request-log.js';
export type { Caller } from './operations/operation.js';
export { OPERATION_ROWS } from './operations/table.js';
export { AnnalsServer, createServer, type ListenOptions, type ServerDependencies } from './server.js';
export { defaultSettings, type ServerSettings } from './settings.js';
