// @ts-check
/**
 * What those SDKs parse out of an answer, checked on the raw text: each line here breaks one of them when it does not
 * hold.
 */

/** @typedef {import('./exchange.js').RawAnswer} RawAnswer */

/** Names that C# and Android look up letter by letter. */
const EXACT_NAMES = ['ETag', 'Content-Length', 'Content-Type', 'Date', 'Server', 'Connection', 'Last-Modified'];

/**
 * @param {RawAnswer} answer
 * @param {number} nextPosition
 */
export function checkAppended(answer, nextPosition) {
  wanted(answer.status, 200, 'status');
  wanted(header(answer, 'x-oss-next-append-position'), String(nextPosition), 'x-oss-next-append-position');
  matches(header(answer, 'x-oss-hash-crc64ecma'), /^\d{1,20}$/, 'x-oss-hash-crc64ecma');
  matches(header(answer, 'ETag'), /^"[0-9A-F]{32}"$/, 'ETag');
  wanted(header(answer, 'Content-Length'), '0', 'Content-Length');
}

/**
 * @param {RawAnswer} answer
 * @param {number} nextPosition
 */
export function checkConflict(answer, nextPosition) {
  wanted(answer.status, 409, 'status');
  wanted(header(answer, 'x-oss-next-append-position'), String(nextPosition), 'x-oss-next-append-position');
  wanted(element(answer, 'Code'), 'PositionNotEqualToLength', 'Code');
  wanted(element(answer, 'Message'), 'Position is not equal to file length', 'Message');
  wanted(element(answer, 'EC'), '0026-00000016', 'EC');
}

/** @param {RawAnswer} answer */
export function checkHeaders(answer) {
  matches(answer.statusLine, /^HTTP\/1\.1 \d{3} /, 'status line');
  matches(header(answer, 'x-oss-request-id'), /^[0-9A-F]{24}$/, 'x-oss-request-id');
  matches(header(answer, 'Date'), /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/, 'Date');
  wanted(header(answer, 'Server'), 'AliyunOSS', 'Server');
  for (const [name] of answer.headers) {
    const exact = EXACT_NAMES.find((known) => known.toLowerCase() === name.toLowerCase());
    if (exact !== undefined) wanted(name, exact, 'spelling of a header');
    if (name.toLowerCase().startsWith('x-oss-')) wanted(name, name.toLowerCase(), 'spelling of a header');
  }
}

/** @param {RawAnswer} answer */
export function checkErrorDocument(answer) {
  matches(answer.body, /^<\?xml version="1\.0" encoding="UTF-8"\?>/, 'beginning of the document');
  matches(answer.body, /^<\?xml[^>]*>\s*<Error>[\s\S]*<\/Error>\s*$/, 'root of the document');
  if (/<(\w+)\s*\/>|<(\w+)>\s*<\/\2>/.test(answer.body))
    throw new Error(`An element is empty, which ends C++ programs: ${answer.body}`);
  for (const name of ['Code', 'Message', 'RequestId', 'HostId']) element(answer, name);
  wanted(element(answer, 'RequestId'), header(answer, 'x-oss-request-id'), 'RequestId');
  matches(header(answer, 'Content-Type'), /^application\/xml/, 'Content-Type');
}

/**
 * @param {RawAnswer} answer
 * @param {string} name As spelled on the wire.
 */
function header(answer, name) {
  const found = answer.headers.find(([actual]) => actual === name);
  if (found === undefined)
    throw new Error(`The answer has no header ${name}; it has ${answer.headers.map(([actual]) => actual).join(', ')}`);
  return found[1];
}

/**
 * @param {RawAnswer} answer
 * @param {string} name
 */
function element(answer, name) {
  const found = new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer.body)?.[1];
  if (found === undefined) throw new Error(`The answer has no element ${name}: ${answer.body.slice(0, 300)}`);
  return found;
}

/**
 * @param {unknown} actual
 * @param {unknown} expected
 * @param {string} what
 */
export function wanted(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what} is ${JSON.stringify(actual)}, wanted ${JSON.stringify(expected)}`);
}

/**
 * @param {string} actual
 * @param {RegExp} pattern
 * @param {string} what
 */
function matches(actual, pattern, what) {
  if (!pattern.test(actual)) throw new Error(`${what} is ${JSON.stringify(actual.slice(0, 300))}, wanted ${pattern}`);
}
