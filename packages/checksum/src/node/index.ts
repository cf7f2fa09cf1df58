/** Checksums that need Node: MD5 and CRC-32 by its native code, and long bodies hashed on worker threads. */
export * from './body-hasher.js';
export * from './crc32.js';
export * from './hashing-pool.js';
export * from './md5.js';
