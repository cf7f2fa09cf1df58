/** Byte streams: their checksums (CRC-64 as OSS defines it, MD5 and CRC-32, on the calling thread or beside it), and their pieces gathered. */
export * from './body-hasher.js';
export * from './crc32.js';
export * from './crc64.js';
export * from './crc64-combine.js';
export * from './hashing-pool.js';
export * from './md5.js';
export * from './piece-gatherer.js';
export * from './resumable-md5.js';
