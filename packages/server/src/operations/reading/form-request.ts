/**
 * A form upload as the request it stands for: the fields in front of the file are its headers, the file is its body.
 * From here on a form is treated as any other upload. Leaves out reading the form (`../form-upload`) and answering it
 * (`post-object.ts`).
 */
import {
  checkPostPolicy,
  type FormSignature,
  invalidArgument,
  type LengthRange,
  LIMITS,
  lengthRangeOf,
  OssError,
  type PostPolicy,
  parseContentMd5,
  parsePostPolicy,
  readFormSignature,
  requireFixedFields,
  V4_FIXED_FIELDS,
  validateObjectKey,
  withoutEmptyOptions,
} from '@annals/protocol';
import { type FormFile, type ReceivedForm, readForm } from '../../form-upload/read-form.js';
import type { SenderServices } from '../../operation-row/operation-row.js';
import type { Caller } from '../../request/caller.js';
import { IdentifiedRequest } from '../../request/identified-request.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { readWhole } from '../../request/read-whole.js';
import type { RequestBody } from '../../request/request-body.js';
import { requireBucket } from '../../request/request-target.js';
import { refuseUnreadProtection } from './unread-protection.js';

/** Headers of an upload that a form gives as fields; with them, everything named `x-oss-`. */
const OBJECT_HEADERS = new Set([
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-md5',
  'content-type',
  'expires',
]);

/** What the request may ask for in its own headers besides. */
const REQUEST_OPTIONS = new Set(['x-oss-callback', 'x-oss-callback-var', 'x-oss-traffic-limit']);

/** Fields of a form that have another name as a header. */
const HEADER_OF_FIELD: Readonly<Record<string, string>> = {
  callback: 'x-oss-callback',
  'callback-var': 'x-oss-callback-var',
};

const FILENAME_VARIABLE = '$' + '{filename}';

/**
 * Reads a form up to its file, and finds its sender and whether the sender has the right.
 * @throws {OssError} `MissingContentLength`; whatever is wrong with the form, its signature or its policy;
 * `InvalidArgument` without a key.
 */
export async function readFormRequest(request: IdentifiedRequest, senders: SenderServices): Promise<FormRequest> {
  const tagging = request.headers.get('x-oss-tagging');
  if (tagging !== undefined) {
    throw invalidArgument('x-oss-tagging', tagging, 'PostObject takes x-oss-tagging as a form field only.');
  }
  await refuseUnreadProtection(request);
  if (!request.body.announced) throw new OssError('MissingContentLength');
  refuseTooLong(request.body.length);
  const form = await readForm({
    contentType: request.headers.get('content-type'),
    md5: parseContentMd5(request.headers.get('content-md5')),
    body: request.body.open(),
  });
  const contentType = effectiveContentType(form);
  const signature = readFormSignature(form.fields);
  const caller = signature === undefined ? senders.anonymous : await senders.authenticateForm(signature);
  const policed = new Map([...form.fields, ['bucket', requireBucket(request)] as const]);
  // What the object gets is what counts, whichever of the three places it comes from.
  if (contentType !== undefined) policed.set('content-type', contentType);
  const range = signature === undefined ? undefined : obeyPolicy(signature, policed, senders.clock());
  const key = objectKey(form);
  return new FormRequest(request, form, { caller, key, contentType, range });
}

/** @returns The lengths the policy allows. */
function obeyPolicy(
  signature: FormSignature,
  fields: ReadonlyMap<string, string>,
  nowMs: number,
): LengthRange | undefined {
  const policy: PostPolicy = parsePostPolicy(signature.policyBase64);
  checkPostPolicy(policy, { fields, nowMs });
  if (signature.kind === 'v4') requireFixedFields(policy, V4_FIXED_FIELDS);
  return lengthRangeOf(policy);
}

function objectKey({ fields, file }: ReceivedForm): string {
  const template = fields.get('key');
  if (template === undefined) {
    throw new OssError('InvalidArgument', {
      message:
        "The bucket POST must contain the specified 'key'. If it is specified, please check the order of the fields.",
      details: { ArgumentName: 'key' },
    });
  }
  const key = template.split(FILENAME_VARIABLE).join(file.filename ?? '');
  validateObjectKey(key);
  return key;
}

/** Browsers name the type of the file by themselves, which is why there is a field that wins over it. */
function effectiveContentType({ fields, file }: ReceivedForm): string | undefined {
  return fields.get('x-oss-content-type') || file.contentType || fields.get('content-type') || undefined;
}

function refuseTooLong(lengthBytes: number | undefined): void {
  const longest = LIMITS.objectLengthBytesMax + 2 * LIMITS.formFieldsLengthBytesMax;
  if (lengthBytes !== undefined && lengthBytes > longest) throw fileTooLong();
}

function fileTooLong(): OssError {
  return new OssError('EntityTooLarge', { ec: '0006-00000003' });
}

/** What was found out of a form. */
interface FormFindings {
  readonly caller: Caller;
  readonly key: string;
  readonly contentType: string | undefined;
  readonly range: LengthRange | undefined;
}

/** The request that a form stands for; `fields` has what no header says. */
export class FormRequest extends IdentifiedRequest {
  /** All fields by lower-case name, those that are no headers included. */
  readonly fields: ReadonlyMap<string, string>;

  constructor(request: IdentifiedRequest, form: ReceivedForm, { caller, key, contentType, range }: FormFindings) {
    super(
      { ...request.sent, caller, address: { ...request.sent.address, key } },
      request.operation,
      // The bucket is the same, and may have been read.
      { getBucket: () => request.bucketRecord() },
      { headers: formHeaders(request, form, contentType), body: new FormBody(form.file, range) },
    );
    this.fields = form.fields;
  }
}

function formHeaders(
  request: OperationRequest,
  { fields }: ReceivedForm,
  contentType: string | undefined,
): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of request.headers) {
    if (REQUEST_OPTIONS.has(name) || !isObjectHeader(name)) headers.set(name, value);
  }
  for (const [field, value] of fields) {
    const name = HEADER_OF_FIELD[field] ?? field;
    if (isObjectHeader(name)) headers.set(name, value);
  }
  if (contentType === undefined) headers.delete('content-type');
  else headers.set('content-type', contentType);
  return withoutEmptyOptions(headers);
}

function isObjectHeader(name: string): boolean {
  return OBJECT_HEADERS.has(name) || name.startsWith('x-oss-');
}

/** The file as a body. Its length is known when it is over. */
class FormBody implements RequestBody {
  readonly length = undefined;
  readonly announced = true;
  readonly #file: FormFile;
  readonly #range: LengthRange;

  constructor(file: FormFile, range: LengthRange | undefined) {
    this.#file = file;
    this.#range = {
      lengthBytesMin: range?.lengthBytesMin ?? 0,
      lengthBytesMax: Math.min(range?.lengthBytesMax ?? LIMITS.objectLengthBytesMax, LIMITS.objectLengthBytesMax),
    };
  }

  /**
   * @throws {OssError} `EntityTooLarge` or `EntityTooSmall` for a file whose length is not allowed, and as the form
   * does.
   */
  async *open(): AsyncGenerator<Uint8Array, void> {
    let lengthBytes = 0;
    for await (const chunk of this.#file.open()) {
      lengthBytes += chunk.length;
      if (lengthBytes > this.#range.lengthBytesMax) throw fileTooLong();
      yield chunk;
    }
    if (lengthBytes < this.#range.lengthBytesMin) throw new OssError('EntityTooSmall');
  }

  readAll(lengthMax: number, tooLarge: () => Error): Promise<Uint8Array> {
    return readWhole(this.open(), lengthMax, tooLarge);
  }
}
