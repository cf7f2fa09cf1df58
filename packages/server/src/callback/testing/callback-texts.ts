/** What tests of callbacks write them with. */
import type { CallbackFacts } from '../callback-body.js';

/** An upload that callbacks tell of. */
export const FACTS: CallbackFacts = {
  bucket: 'b',
  key: 'dir/a "b"&c.txt',
  etag: 'D41D',
  lengthBytes: 5,
  contentType: 'text/plain',
  crc64: 7n,
  contentMd5: 'md==',
  clientIp: '192.0.2.7',
  requestId: 'ID',
  operation: 'PutObject',
};

/** Writes a document as the parameter of a callback. */
export function base64(document: unknown): string {
  return Buffer.from(JSON.stringify(document)).toString('base64');
}

/** Writes `${name}` for `#{name}`, which in a text of the test's own would look like a mistake. */
export function template(text: string): string {
  return text.replaceAll('#{', '$'.concat('{'));
}
