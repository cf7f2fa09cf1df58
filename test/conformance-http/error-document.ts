/**
 * Error answers compared whole: every header of their own and every element in its order, so that nothing is missing
 * and nothing too much.
 */
import { expect } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { ownHeaders } from './expectations.js';

export interface ExactError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Without it, the one that the code or the message has everywhere; see `CODE_ECS`. */
  readonly ec?: string;
  /** Elements between HostId and EC, in order; those of a nested element without it. */
  readonly details?: readonly (readonly [name: string, text: string | RegExp])[];
  /** Headers that other errors do not have. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Checks status, headers and document, which for HEAD stands in `x-oss-err`. @param host As the request named it. */
export function expectExactError(answer: RawAnswer, expected: ExactError, host: string): void {
  const { status, code, message, details = [], headers = {} } = expected;
  const ec = expected.ec ?? MESSAGE_ECS[message] ?? CODE_ECS[code];
  const isBodyless = answer.headers['x-oss-err'] !== undefined;
  const document = isBodyless ? Buffer.from(answer.headers['x-oss-err'] ?? '', 'base64') : answer.body;
  const recommended = ec === undefined ? [] : [`EC=${ec}`, `RecommendDoc=https://api.aliyun.com/troubleshoot?q=${ec}`];
  expect({ status: answer.status, elements: leavesOf(document.toString('utf8')) }).toEqual({
    status,
    elements: [
      `Code=${code}`,
      `Message=${message}`,
      `RequestId=${answer.headers['x-oss-request-id']}`,
      `HostId=${host}`,
      ...details.map(([name, text]) =>
        typeof text === 'string'
          ? `${name}=${text}`
          : expect.stringMatching(new RegExp(`^${name}=(?:${text.source})$`, text.flags)),
      ),
      ...recommended,
    ],
  });
  expect(ownHeaders(answer)).toEqual({
    'content-length': String(answer.body.length),
    ...(isBodyless ? { 'x-oss-err': answer.headers['x-oss-err'] } : { 'content-type': 'application/xml' }),
    ...(ec !== undefined && { 'x-oss-ec': ec }),
    ...headers,
  });
}

/** Documented detailed codes of errors, wherever they come from; one operation may have another. */
const CODE_ECS: Readonly<Record<string, string>> = {
  FileAlreadyExists: '0026-00000002',
  IncorrectNumberOfFilesInPOSTRequest: '0006-00000107',
  InvalidBucketName: '0015-00000001',
  InvalidEncryptionAlgorithmError: '0005-00000003',
  InvalidObjectName: '0016-00000005',
  InvalidPartOrder: '0042-00000209',
  MalformedPOSTRequest: '0006-00000104',
  MaxPOSTPreDataLengthExceededError: '0006-00000112',
  NoSuchCORSConfiguration: '0034-00000001',
  NotSymlink: '0043-00000101',
  PreconditionFailed: '0017-00001001',
};

/** The same of errors whose message says more than their code. */
const MESSAGE_ECS: Readonly<Record<string, string>> = {
  'Object tags cannot be greater than 10': '0010-00000218',
  'The Length of Object name must be less than 1024.': '0016-00000003',
  'The Object name can not be empty.': '0016-00000001',
  'This user does not turn on KMS service.': '0005-00000218',
};

/**
 * Documented detailed codes of arguments with a wrong value, wherever they are read; one operation may have another.
 */
export const ARGUMENT_ECS: Readonly<Record<string, string>> = {
  partNumber: '0017-00000220',
  'x-oss-acl': '0015-00000204',
  'x-oss-storage-class': '0017-00000132',
  'x-oss-traffic-limit': '0004-00000502',
};

/** An argument that is not one of its own values. */
export function invalidArgument(name: string, value: string, message = 'Invalid Argument'): ExactError {
  const details = [
    ['ArgumentName', name],
    ['ArgumentValue', value],
  ] as const;
  const ec = ARGUMENT_ECS[name];
  return { status: 400, code: 'InvalidArgument', message, details, ...(ec !== undefined && { ec }) };
}

/** A document that is not what it should be. */
export function malformedXml(detail: string | RegExp): ExactError {
  const isTooLong = / more than \d+ bytes\.$/.test(typeof detail === 'string' ? detail : detail.source);
  return {
    status: 400,
    code: 'MalformedXML',
    message: 'The XML you provided was not well-formed or did not validate against our published schema.',
    details: [['ErrorDetail', detail]],
    ...(isTooLong && { ec: '0017-00000501' }),
  };
}

/** Elements without children, as `name=text`, in order. */
function leavesOf(document: string): string[] {
  return [...document.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(
    ([, name = '', text = '']) => `${name}=${unescaped(text)}`,
  );
}

function unescaped(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
}
