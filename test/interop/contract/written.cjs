// @ts-check
/**
 * What every SDK writes for the commands of `annals`: keys that tools get wrong, and objects of each type. The programs
 * in other languages write the same; the commands compare.
 */
const PART_LENGTH = 100 << 10;

/** Objects with `contents of KEY` in one line. */
const KEYS = [
  'plain.txt',
  'with space/a b.txt',
  'plus+and%percent%20.txt',
  'ünïcode/Käse 日本.txt',
  'folder/inside.txt',
];
/** An empty object, as tools make it for a folder. */
const FOLDER = 'folder/';
/** With `Content-Encoding: gzip`, whatever its bytes are. */
const ENCODED = 'encoded.gz';
/** With `Content-Type: text/x-log` and the metadata `source: camera 7`. */
const DESCRIBED = 'described.log';
/** Of the bytes of `pattern`, in parts of 100 KiB. */
const MULTIPART = 'multipart.bin';
/** Appended in two pieces. */
const GROWING = 'growing.log';
const PIECES = ['line one\nline two\n', 'line three\n'];
/** To `plain.txt`. */
const LINK = 'link.txt';

const textOf = (/** @type {string} */ key) => `contents of ${key}\n`;

/** 250 KiB, as the programs in other languages make them. */
const pattern = () => Buffer.from(Array.from({ length: 250 << 10 }, (_, i) => (i ^ (i >> 8) ^ (i >> 16)) & 255));

module.exports = {
  ...{ DESCRIBED, ENCODED, FOLDER, GROWING, KEYS, LINK, MULTIPART, PART_LENGTH, PIECES },
  ...{ pattern, textOf },
};
