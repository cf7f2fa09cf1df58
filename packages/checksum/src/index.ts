/**
 * Byte streams: their CRC-64 as OSS defines it, an MD5 that can be kept, and their pieces gathered. Runs in browsers
 * and in Node. Leaves out what needs Node: `node/`.
 */
export * from './crc64.js';
export * from './crc64-combine.js';
export * from './piece-gatherer.js';
export * from './resumable-md5.js';
