/**
 * Streams of HTTP/1.1 made to be misread: honest requests in the shapes that SDKs send, most of them spoiled where two
 * readers could part. Each number gives one stream, always the same.
 */
import { seededRandom } from '@annals/store/conformance';

/** A source of numbers that gives the same ones for the same seed. */
export type Draw = (bound: number) => number;

/** Makes one. @param seed Any number. */
export function drawsFrom(seed: number): Draw {
  return seededRandom(seed).below;
}

/** Header lines of several SDKs, without what authenticates. */
const SHAPES: readonly (readonly string[])[] = [
  ['Host: 127.0.0.1:9000', 'User-Agent: aliyun-sdk-c/3.11.2(Compatible Unknown)', 'Accept: */*'],
  ['Host: b.localhost', 'User-Agent: alibabacloud-go-sdk-v2/1.5.1', 'Accept-Encoding: gzip', 'X-Oss-Meta-A: v'],
  ['host: localhost', 'user-agent: aliyun-sdk-nodejs/6.23.0', 'content-type: text/plain', 'connection: keep-alive'],
  ['Accept-Encoding: identity', 'Host: localhost:9000', 'User-Agent: aliyun-sdk-ruby/0.8.0', 'Connection: Keep-Alive'],
  ['User-Agent: aliyun-sdk-java/3.17.4', 'Host: localhost', 'x-oss-meta-name: Stra\xc3\x9fe'],
];
const METHODS = ['PUT', 'POST', 'GET', 'PUT', 'POST', 'HEAD', 'DELETE', 'OPTIONS'];
const TARGETS = [
  '/examplebucket/a',
  '/examplebucket/a?append&position=0',
  '/examplebucket/a',
  '/examplebucket/dir%2Fa',
  '/',
  '*',
  'http://localhost/examplebucket/a',
];
const ODD_TARGETS = [
  'http://other/examplebucket/a',
  'http://a@localhost/',
  '//',
  'fuzz',
  '/a b',
  '/a\tb',
  '',
  '/\xff',
  'https://localhost:80/x',
  '/a#b',
];
const ODD_METHODS = ['get', 'G T', 'FROB', 'CONNECT', 'PRI', 'PUT\t', 'GE!T', '', 'M-SEARCH', 'SOURCE'];
const ODD_VERSIONS = [
  'HTTP/1.0',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/0.9',
  'http/1.1',
  'HTTP/1.1 ',
  'HTTP/1.10',
  'RTSP/1.0',
  'HTTP/01.1',
  '',
];
const ODD_LINES = [
  'Transfer-Encoding : chunked',
  'Transfer-Encoding\t: chunked',
  ' Transfer-Encoding: chunked',
  'Transfer-Encoding:\r\n chunked',
  'Transfer-Encoding: chunked',
  'transfer-encoding: Chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: "chunked"',
  'Transfer-Encoding: \x0bchunked',
  'Transfer_Encoding: chunked',
  'Transfer-Encoding:',
  'Transfer-Encoding',
  'Content-Length: 0',
  'Content-Length: 5',
  'Content-Length: +5',
  'Content-Length: -1',
  'Content-Length: 0x5',
  'Content-Length: 5, 5',
  'Content-Length: 5 5',
  'Content-Length : 5',
  'Content-Length:5',
  'Content-Length: 00005',
  'Content-Length: 99999999999999999999',
  'Content-Length: \xd9\xa5',
  'Host: other',
  'Host : other',
  'Host: a, b',
  'Host: a/b',
  'X-A: a\rContent-Length: 5',
  'X-A: a\nContent-Length: 5',
  'X-A: a\0b',
  'X-A: \xff',
  'X-A : b',
  ': b',
  'X(A): b',
  '\tX-A: b',
  'Connection: close',
  'Connection: close, content-length',
  'Connection: Transfer-Encoding',
  'Connection: Upgrade\r\nUpgrade: h2c',
  'Connection: Upgrade, HTTP2-Settings',
  'Upgrade: websocket',
  'Proxy-Connection: close',
  'Expect: 100-continue',
  'Expect: miracles',
  'TE: trailers',
  'Trailer: Content-Length',
];
const ODD_SIZES = [
  '0x5',
  '+5',
  ' 5',
  '5 ',
  '',
  '5g',
  '-5',
  'fffffffffffffff',
  '00000000000000005',
  '5\t',
  '5;a=b',
  '5;a\n',
  '5;a\rb',
  '5 ;a',
  '0',
  '00',
];
const ENDS = ['\r\n', '\n', '\r', '\r\r\n', '\n\r', ' \r\n', ''];
const TRAILERS = [
  'X-A: b\r\n',
  'Content-Length: 5\r\n',
  'X-A : b\r\n',
  ' folded\r\n',
  'X-A: b\n',
  'no colon\r\n',
  'Host: a\r\n',
  'GET / HTTP/1.1\r\n',
];
const INSERTED = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0',
  '\r\n\r\n',
  '0\r\n\r\n',
  '\xff',
  'chunked',
  'Content-Length: 3\r\n',
  '\x0b',
  '\x7f',
];

/** Makes the stream of one number. */
export function makeStream(seed: number, number: number): string {
  const draw = drawsFrom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  const count = 1 + draw(3);
  let stream = '';
  // In front of the spoiled one stand honest ones, and one behind shows whether the stream is still read as it should
  // be.
  const spoiled = draw(count + 1);
  for (let index = 0; index < count; index += 1) stream += makeRequest(draw, `${number}-${index}`, index === spoiled);
  return draw(4) === 0 ? spoilBytes(stream, draw) : stream;
}

function pick<Item>(items: readonly Item[], draw: Draw): Item {
  return items[draw(items.length)] as Item;
}

function makeRequest(draw: Draw, id: string, isSpoiled: boolean): string {
  const faults = new Set(isSpoiled ? Array.from({ length: 1 + draw(2) }, () => draw(9)) : []);
  const method = faults.has(0) ? pick(ODD_METHODS, draw) : pick(METHODS, draw);
  const target = faults.has(1) ? pick(ODD_TARGETS, draw) : pick(TARGETS, draw);
  const version = faults.has(2) ? pick(ODD_VERSIONS, draw) : 'HTTP/1.1';
  const lines = [...pick(SHAPES, draw), `x-id: ${id}`];
  if (target.startsWith('http://localhost')) lines.splice(0, lines.length, 'Host: localhost', `x-id: ${id}`);
  const body = makeBody(draw, id);
  const isChunked = draw(3) === 0;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  if (hasBody) lines.push(isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`);
  if (faults.has(3) || faults.has(4)) lines.splice(draw(lines.length + 1), 0, pick(ODD_LINES, draw));
  if (faults.has(5)) lines.splice(draw(lines.length + 1), 0, ...Array.from({ length: 250 + draw(20) }, () => 'a:'));
  const end = faults.has(6) ? pick(ENDS, draw) : '\r\n';
  const endAt = draw(lines.length + 2);
  const head = [`${method} ${target} ${version}`, ...lines, ''].map(
    (line, index) => line + (index === endAt ? end : '\r\n'),
  );
  if (!hasBody) return head.join('');
  return head.join('') + (isChunked ? makeChunks(body, draw, faults) : body);
}

/** Now and then a body that would be a request to a reader who has lost count. */
function makeBody(draw: Draw, id: string): string {
  const kind = draw(4);
  if (kind === 0)
    return `PUT /examplebucket/hidden HTTP/1.1\r\nHost: localhost\r\nx-id: hidden-${id}\r\nContent-Length: 0\r\n\r\n`;
  if (kind === 1)
    return `0\r\n\r\nPUT /examplebucket/hidden HTTP/1.1\r\nHost: localhost\r\nx-id: hidden-${id}\r\nContent-Length: 0\r\n\r\n`;
  return 'x'.repeat(draw(kind === 2 ? 8 : 200));
}

function makeChunks(body: string, draw: Draw, faults: ReadonlySet<number>): string {
  let coded = '';
  const oddAt = faults.has(7) ? draw(3) : -1;
  let index = 0;
  for (let at = 0; at < body.length; index += 1) {
    const lengthBytes = 1 + draw(Math.min(body.length - at, 40));
    const size = index === oddAt ? pick(ODD_SIZES, draw) : lengthBytes.toString(16);
    const end = index === oddAt && draw(2) === 0 ? pick(ENDS, draw) : '\r\n';
    coded += `${size}${draw(8) === 0 ? ';a="b c"' : ''}\r\n${body.slice(at, at + lengthBytes)}${end}`;
    at += lengthBytes;
  }
  return `${coded}0\r\n${faults.has(8) ? pick(TRAILERS, draw) : ''}\r\n`;
}

function spoilBytes(stream: string, draw: Draw): string {
  const at = draw(stream.length + 1);
  switch (draw(4)) {
    case 0:
      return stream.slice(0, at) + pick(INSERTED, draw) + stream.slice(at);
    case 1:
      return stream.slice(0, at) + stream.slice(at + 1 + draw(6));
    case 2:
      return stream.slice(0, at) + String.fromCharCode(draw(256)) + stream.slice(at + 1);
    default:
      return stream.slice(0, at);
  }
}
