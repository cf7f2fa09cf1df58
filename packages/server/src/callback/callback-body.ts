/** Fills in the body of a callback. Leaves out where it goes (`callback-sender.ts`). */
import type { CallbackBodyType } from './callback-request.js';

/** What an application may be told. Without the uploader's own variables. */
export interface CallbackFacts {
  readonly bucket: string;
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
  readonly lengthBytes: number;
  readonly contentType: string;
  readonly crc64: bigint;
  /** Base64; empty for what was not uploaded in one piece. */
  readonly contentMd5: string;
  readonly clientIp: string;
  readonly requestId: string;
  readonly operation: string;
}

/** A variable, or in JSON what decides whether the next one stands inside a text. */
const TOKEN = /\\.|"|\$\{([^{}]*)\}/gs;

/**
 * Fills in a template. A variable that is not known, and `vpcId` and `imageInfo.*`, which this server has nothing to
 * say of, are empty.
 *
 * In a form, values are percent-encoded. In JSON, a variable becomes a JSON value, a text with its quotes; inside a
 * text of the template only what stands between its quotes. Whatever a value holds, it stays one value.
 * @param variables The uploader's own, named `x:...`.
 */
export function fillCallbackBody(
  template: string,
  bodyType: CallbackBodyType,
  facts: CallbackFacts,
  variables: ReadonlyMap<string, string>,
): string {
  const known = knownVariables(facts);
  const isJson = bodyType === 'application/json';
  let isInText = false;
  return template.replace(TOKEN, (token, name: string | undefined) => {
    if (name === undefined) {
      if (token === '"') isInText = !isInText;
      return token;
    }
    const value = name.startsWith('x:') ? (variables.get(name) ?? '') : (known.get(name) ?? '');
    if (!isJson) return encodeURIComponent(wellFormed(String(value)));
    return isInText ? JSON.stringify(String(value)).slice(1, -1) : JSON.stringify(value);
  });
}

function knownVariables(facts: CallbackFacts): ReadonlyMap<string, string | number> {
  return new Map<string, string | number>([
    ['bucket', facts.bucket],
    ['object', facts.key],
    ['etag', facts.etag],
    ['size', facts.lengthBytes],
    ['mimeType', facts.contentType],
    ['crc64', facts.crc64.toString()],
    ['contentMd5', facts.contentMd5],
    ['clientIp', facts.clientIp],
    ['reqId', facts.requestId],
    ['operation', facts.operation],
  ]);
}

/** Half a surrogate pair would make the encoder throw after the upload is stored. */
function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
