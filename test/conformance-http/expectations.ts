/** What the black-box tests ask of answers. */
import { isErrorCode, UNDOCUMENTED_CODES } from '@annals/protocol';
import { expect } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';

/** Headers of every answer, checked once for all and left out of what a test compares. */
const COMMON_HEADERS = ['server', 'date', 'connection', 'keep-alive', 'x-oss-request-id', 'x-oss-server-time'];

/** Checks the common headers. @returns The others. */
export function ownHeaders({ headers }: RawAnswer): Record<string, string> {
  expect(headers.server).toBe('AliyunOSS');
  expect(headers['x-oss-request-id']).toMatch(/^[0-9A-F]{24}$/);
  expect(headers['x-oss-server-time']).toMatch(/^\d+$/);
  expect(Number.isNaN(Date.parse(headers.date ?? ''))).toBe(false);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !COMMON_HEADERS.includes(name)));
}

export interface ExpectedError {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
  readonly ec?: string;
  /** Further elements of the document. */
  readonly details?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Checks an error answer: status, headers, and the document, which for HEAD is in a header. */
export function expectError(answer: RawAnswer, expected: ExpectedError): void {
  const document = answer.body.length > 0 ? answer.body : Buffer.from(answer.headers['x-oss-err'] ?? '', 'base64');
  const text = document.toString('utf8');
  const element = (name: string) => unescaped(new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]);
  expect({ status: answer.status, code: element('Code') }).toEqual({ status: expected.status, code: expected.code });
  expect(text.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n')).toBe(true);
  expect(element('RequestId')).toBe(answer.headers['x-oss-request-id']);
  expectEcOrNone(expected.code, element('EC'), answer.headers['x-oss-ec']);
  if (expected.message !== undefined) expect(element('Message')).toBe(expected.message);
  if (expected.ec !== undefined) {
    expect(element('EC')).toBe(expected.ec);
    expect(answer.headers['x-oss-ec']).toBe(expected.ec);
  }
  for (const [name, value] of Object.entries(expected.details ?? {}))
    expect([name, element(name)]).toEqual([name, value]);
  expect(answer.headers).toMatchObject(expected.headers ?? {});
}

/**
 * A detailed error code stands in the document and in the header, or is missing in both where the error may have none.
 */
function expectEcOrNone(code: string, inDocument: string | undefined, inHeader: string | undefined): void {
  expect(inHeader).toBe(inDocument);
  if (inDocument !== undefined) expect(inDocument).toMatch(/^00\d\d-0000\d{4}$/);
  else expect(isErrorCode(code) && UNDOCUMENTED_CODES[code] !== undefined, `${code} without a code`).toBe(true);
}

/** Checks a document letter for letter. */
export function expectDocument(answer: RawAnswer, lines: readonly string[]): void {
  expect(answer.headers['content-type']).toBe('application/xml');
  expect(answer.body.toString('utf8').split('\n')).toEqual(['<?xml version="1.0" encoding="UTF-8"?>', ...lines, '']);
}

function unescaped(text: string | undefined): string | undefined {
  return text
    ?.replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}
