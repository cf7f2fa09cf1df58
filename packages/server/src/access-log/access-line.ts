/**
 * One line of a bucket's access log, in the format of the public service. Leaves out where it goes (`access-log.ts`).
 */

/** What is known of a request when its answer is out. Texts that are not known are `undefined`. */
export interface AccessEntry {
  /** When the request came, milliseconds since 1970. */
  readonly atMs: number;
  readonly clientAddress: string;
  readonly method: string;
  /** Of the request line, undecoded. */
  readonly target: string;
  readonly httpVersion: string;
  readonly status: number;
  readonly sentLengthBytes: number;
  readonly receivedLengthBytes: number;
  readonly elapsedMs: number;
  readonly referer: string | undefined;
  readonly userAgent: string | undefined;
  readonly host: string;
  readonly requestId: string;
  /** Account of the caller; `undefined` when anonymous. */
  readonly requesterId: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly operation: string | undefined;
  /** The operation's body becomes stored bytes, as its row says. */
  readonly isUpload: boolean;
  readonly bucket: string;
  readonly key: string | undefined;
  readonly errorCode: string | undefined;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** A reader of the log must not be able to repeat the requests in it. */
const SECRET_PARAMETER = /([?&](?:signature|x-oss-signature|security-token|x-oss-security-token)=)[^&]*/gi;

/**
 * Writes the line, its end included. Texts are quoted; quotes, backslashes, control characters and what is not ASCII
 * are percent-encoded, so that no request can forge another's line. Signatures and tokens of URLs are left out.
 * @param ownerId Owner of the bucket.
 */
export function formatAccessLine(entry: AccessEntry, ownerId: string): string {
  const isDone = entry.status >= 200 && entry.status < 300;
  const requestLine = `${entry.method} ${entry.target.replace(SECRET_PARAMETER, '$1***')} HTTP/${entry.httpVersion}`;
  const objectLength = entry.operation === 'GetObject' && entry.status === 200 ? entry.sentLengthBytes : undefined;
  const isWrite = isDone && entry.isUpload;
  const fields = [
    entry.clientAddress,
    '-',
    '-',
    `[${formatLogTime(entry.atMs)}]`,
    quoted(requestLine),
    entry.status,
    entry.sentLengthBytes,
    Math.round(entry.elapsedMs),
    quoted(entry.referer),
    quoted(entry.userAgent),
    quoted(entry.host),
    quoted(entry.requestId),
    quoted('true'),
    quoted(entry.requesterId),
    quoted(entry.operation),
    quoted(entry.bucket),
    quoted(entry.key === undefined ? undefined : percentEncoded(entry.key)),
    objectLength ?? '-',
    Math.round(entry.elapsedMs),
    quoted(entry.errorCode),
    entry.receivedLengthBytes,
    quoted(ownerId),
    isWrite ? entry.receivedLengthBytes : '-',
    quoted('-'),
    quoted('-'),
    quoted('-'),
    quoted('-'),
    quoted(entry.accessKeyId),
  ];
  return `${fields.join(' ')}\n`;
}

/** @returns `03/Jan/2021:14:59:49 +0000`. */
function formatLogTime(atMs: number): string {
  const date = new Date(atMs);
  const [hours, minutes, seconds] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(twoDigits);
  const day = twoDigits(date.getUTCDate());
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${hours}:${minutes}:${seconds} +0000`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

function quoted(text: string | undefined): string {
  if (text === undefined || text === '') return '"-"';
  return `"${text.replace(/[^\x20-\x7e]|["\\]/gu, percentEncoded)}"`;
}

function percentEncoded(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9._~/-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
