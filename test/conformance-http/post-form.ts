/**
 * Forms as browsers send them, and their signatures, written from the description and not with the project's own code.
 */
import { createHmac } from 'node:crypto';
import type { KeyPair } from '../harness/sign-request.js';

export interface FormFile {
  readonly name?: string;
  readonly type?: string;
  readonly content: string | Uint8Array;
}

export interface Form {
  readonly contentType: string;
  readonly body: Buffer;
}

const BOUNDARY = 'form-boundary-7d3a9';

/** Puts a form together: the fields in order, then the file, then what stands behind it. */
export function makeForm(fields: readonly (readonly [string, string])[], file: FormFile | undefined, tail = ''): Form {
  const parts: Buffer[] = [];
  const add = (head: string, content: string | Uint8Array): void => {
    parts.push(Buffer.from(`--${BOUNDARY}\r\n${head}\r\n\r\n`), Buffer.from(content), Buffer.from('\r\n'));
  };
  for (const [name, value] of fields) add(`Content-Disposition: form-data; name="${name}"`, value);
  if (file !== undefined) {
    const filename = file.name === undefined ? '' : `; filename="${file.name}"`;
    const type = file.type === undefined ? '' : `\r\nContent-Type: ${file.type}`;
    add(`Content-Disposition: form-data; name="file"${filename}${type}`, file.content);
  }
  parts.push(Buffer.from(`${tail}--${BOUNDARY}--\r\n`));
  return { contentType: `multipart/form-data; boundary=${BOUNDARY}`, body: Buffer.concat(parts) };
}

/** A field as text of a form, to stand behind the file. */
export function partText(name: string, value: string, more = ''): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
}

/** Writes a policy. @param expiresAtMs Milliseconds since 1970. */
export function policyOf(conditions: readonly unknown[], expiresAtMs: number): string {
  const document = { expiration: new Date(expiresAtMs).toISOString(), conditions };
  return Buffer.from(JSON.stringify(document)).toString('base64');
}

/** The fields of a V1 signature. */
export function signFormV1(policy: string, keys: KeyPair): [string, string][] {
  const signature = createHmac('sha1', keys.accessKeySecret).update(policy).digest('base64');
  return [
    ['OSSAccessKeyId', keys.accessKeyId],
    ['policy', policy],
    ['Signature', signature],
  ];
}

/** The fields of a V4 signature with a policy that fixes them, as it must. */
export function signFormV4(
  conditions: readonly unknown[],
  keys: KeyPair,
  { atMs, expiresAtMs, region = 'cn-hangzhou' }: { atMs: number; expiresAtMs: number; region?: string },
): [string, string][] {
  const date = new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = [date.slice(0, 8), region, 'oss', 'aliyun_v4_request'];
  const fixed: [string, string][] = [
    ['x-oss-signature-version', 'OSS4-HMAC-SHA256'],
    ['x-oss-credential', `${keys.accessKeyId}/${scope.join('/')}`],
    ['x-oss-date', date],
  ];
  const policy = policyOf([...conditions, ...fixed.map(([name, value]) => ({ [name]: value }))], expiresAtMs);
  const key = scope.reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `aliyun_v4${keys.accessKeySecret}`,
  );
  return [...fixed, ['policy', policy], ['x-oss-signature', createHmac('sha256', key).update(policy).digest('hex')]];
}
