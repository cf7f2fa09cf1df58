// @ts-check
/**
 * A recorded request: takes it apart without changing it, and renews host, date and signature in the very form that it
 * has.
 */
import { readFile } from 'node:fs/promises';
import { formatHttpDate, parseRequestTarget } from '@annals/protocol';
// Not exported by the package: programs sign whole requests, only this replay signs in another client's form.
import { formatBasicTime, resourcePaths } from '../../../packages/protocol/dist/signature/signable-request.js';
import {
  signatureV1,
  stringToSignV1,
  subResourceChoices,
  subResourceText,
} from '../../../packages/protocol/dist/signature/v1.js';
import {
  canonicalRequestV4,
  deriveSigningKeyV4,
  signatureV4,
  stringToSignV4,
} from '../../../packages/protocol/dist/signature/v4.js';

/** Key pair of the recording. */
export const recordedKeys = { accessKeyId: 'AKIDEXAMPLE', accessKeySecret: 'SECRETEXAMPLE' };

/**
 * @typedef {object} Fixture
 * @property {string} name
 * @property {readonly string[]} lines Head without line ends.
 * @property {Buffer} wireBody As sent, chunk framing included.
 * @property {Buffer} body What it means.
 * @property {(name: string) => string | undefined} header
 * @property {string} key
 * @property {number} position
 * @typedef {(lines: readonly string[]) => string} Signer Gives the signature of a head.
 */

/**
 * @param {string} name
 * @returns {Promise<Fixture>}
 */
export async function readFixture(name) {
  const bytes = await readFile(new URL(`./requests/${name}.http`, import.meta.url));
  const end = bytes.indexOf('\r\n\r\n');
  const lines = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const wireBody = bytes.subarray(end + 4);
  const header = (/** @type {string} */ wanted) => headersOf(lines).get(wanted);
  const [resource] = targetOf(lines).candidates;
  if (resource.key === undefined) throw new Error(`${name} does not address an object`);
  return {
    name,
    lines,
    wireBody,
    body: header('transfer-encoding') === undefined ? wireBody : withoutChunks(wireBody),
    header,
    key: resource.key,
    position: Number(targetOf(lines).query.get('position')),
  };
}

/**
 * Finds the form of the recorded signature by trying those that are known.
 * @param {Fixture} fixture
 * @returns {{ signer: Signer, isProven: boolean }} Not proven when no form arrives at the recorded signature.
 */
export function findSigner({ lines }) {
  const recorded = /(?::|Signature=)([^:=,]+=?)$/.exec(headersOf(lines).get('authorization') ?? '')?.[1];
  const signers = signersOf(lines);
  const signer = signers.find((candidate) => candidate(lines) === recorded);
  const [usual] = signers;
  if (usual === undefined) throw new Error('The recorded request is not signed in a known way');
  return { signer: signer ?? usual, isProven: signer !== undefined };
}

/**
 * The head for another server and another time; order, spelling and everything else stay.
 * @param {Fixture} fixture
 * @param {Signer} signer
 * @param {number} port
 * @param {number} nowMs
 */
export function renew(fixture, signer, port, nowMs) {
  const host = fixture.header('host') ?? '';
  const newHost = host.replace(/:\d+$/, `:${port}`);
  const timestamp = formatBasicTime(nowMs);
  const unsigned = fixture.lines.map((line) =>
    line
      .replaceAll(host.includes(':') ? host : '\0', newHost)
      .replace(/^((?:x-oss-)?date: )\w{3}, .*$/i, `$1${formatHttpDate(nowMs)}`)
      .replace(/^((?:x-oss-)?date: )\d{8}T\d{6}Z$/i, `$1${timestamp}`)
      .replace(/^(authorization: OSS4-HMAC-SHA256 Credential=[^/]+\/)\d{8}\//i, `$1${timestamp.slice(0, 8)}/`),
  );
  const signature = signer(unsigned);
  return unsigned.map((line) =>
    /^authorization: /i.test(line) ? line.replace(/(:|Signature=)([^:=,]+=?)$/, `$1${signature}`) : line,
  );
}

/**
 * @param {readonly string[]} recordedLines
 * @returns {Signer[]}
 */
function signersOf(recordedLines) {
  const authorization = headersOf(recordedLines).get('authorization') ?? '';
  const { candidates } = targetOf(recordedLines);
  const paths = candidates.flatMap((resource) => resourcePaths(resource));
  const secret = recordedKeys.accessKeySecret;
  const v4 = /Credential=[^/]+\/(\d{8})\/([^/]+)\/([^/]+)\/aliyun_v4_request/.exec(authorization);
  if (v4 !== null) {
    const [, , region = '', product = ''] = v4;
    return paths.map((path) => (lines) => {
      const request = requestOf(lines);
      // Android sends the V4 time as Date.
      const timestamp = request.headers.get('x-oss-date') ?? request.headers.get('date') ?? '';
      const scope = { date: timestamp.slice(0, 8), region, product };
      const text = stringToSignV4(canonicalRequestV4(request, path, []), timestamp, scope);
      return signatureV4(deriveSigningKeyV4(secret, scope), text);
    });
  }
  const { method, query } = requestOf(recordedLines);
  return paths.flatMap((path) =>
    subResourceChoices(method, query).map((isSubResource) => (/** @type {readonly string[]} */ lines) => {
      const request = requestOf(lines);
      const date = request.headers.get('x-oss-date') ?? request.headers.get('date') ?? '';
      return signatureV1(secret, stringToSignV1(request, date, path + subResourceText(request.query, isSubResource)));
    }),
  );
}

/** @param {readonly string[]} lines */
function requestOf(lines) {
  return { method: lines[0]?.split(' ')[0] ?? '', query: targetOf(lines).query, headers: headersOf(lines) };
}

/** @param {readonly string[]} lines */
function targetOf(lines) {
  return parseRequestTarget({ target: lines[0]?.split(' ')[1] ?? '', host: headersOf(lines).get('host') });
}

/** @param {readonly string[]} lines */
function headersOf(lines) {
  return new Map(
    lines.slice(1).map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** @param {Buffer} wire */
function withoutChunks(wire) {
  const pieces = [];
  let start = 0;
  for (;;) {
    const lineEnd = wire.indexOf('\r\n', start);
    const length = Number.parseInt(wire.subarray(start, lineEnd).toString(), 16);
    if (length === 0) return Buffer.concat(pieces);
    pieces.push(wire.subarray(lineEnd + 2, lineEnd + 2 + length));
    start = lineEnd + 2 + length + 2;
  }
}
