/**
 * What is read back from a golden folder, and how an answer is written into its manifest: status, the headers that say
 * something about what is stored, and the body, by its digest where it is long. Leaves out what a newer program may say
 * differently: errors' prose, times of the answer.
 */
import { createHash } from 'node:crypto';
import type { Account, Keys } from '../access-control/account.js';
import type { RawAnswer } from '../harness/http-exchange.js';

/** One request of a manifest. */
export interface GoldenRequest {
  readonly method: 'GET' | 'HEAD';
  readonly bucket?: string;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the root. */
  readonly as?: 'user';
}

/** What the answer must be. */
export interface GoldenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text of documents; of an object's bytes `sha256 LENGTH DIGEST`. */
  readonly body: string;
}

export interface GoldenRead {
  readonly request: GoldenRequest;
  readonly answer: GoldenAnswer;
}

/** All that must be read back from one folder. */
export interface GoldenManifest {
  readonly format: number;
  /** Commit of the program that made the folder. */
  readonly madeBy: string;
  readonly root: Keys;
  readonly user: Keys;
  readonly reads: readonly GoldenRead[];
}

/** Sends one request of a manifest. @returns Its answer, as manifests have it. */
export async function readGolden(
  account: Account,
  { root, user }: Pick<GoldenManifest, 'root' | 'user'>,
  request: GoldenRequest,
): Promise<GoldenAnswer> {
  const { as, ...unsigned } = request;
  return goldenAnswerOf(await account.send(unsigned, as === 'user' ? user : root));
}

const STORED_HEADERS = new Set([
  'content-length',
  'content-type',
  'content-range',
  'etag',
  'last-modified',
  'location',
]);
const FLEETING_HEADERS = new Set(['x-oss-request-id', 'x-oss-server-time']);

/** @returns An answer as manifests and dumps have it. */
export function goldenAnswerOf({ status, headers, body }: RawAnswer): GoldenAnswer {
  const isDocument = headers['content-type'] === 'application/xml' || headers['content-type'] === 'application/json';
  const stored = Object.entries(headers).filter(
    ([name]) => (STORED_HEADERS.has(name) || name.startsWith('x-oss-')) && !FLEETING_HEADERS.has(name),
  );
  const isError = status >= 400;
  return {
    status,
    headers: Object.fromEntries(isError ? [] : stored.filter(([name]) => !isDocument || name !== 'content-length')),
    body: isError
      ? (/<Code>(.*?)<\/Code>/.exec(body.toString('utf8'))?.[1] ?? '')
      : isDocument
        ? withoutFleeting(body.toString('utf8'))
        : `sha256 ${body.length} ${createHash('sha256').update(body).digest('hex')}`,
  };
}

/** @returns The document without the server's port and the time of the answer. */
function withoutFleeting(document: string): string {
  return document.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST').replace(/<LastModifiedTime>\d+<\/LastModifiedTime>/, '');
}
