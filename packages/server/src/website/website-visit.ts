/**
 * A bucket as a website: what unsigned readers get instead of a listing or an error. Pages are objects, read with the
 * reader's own rights. Leaves out the document (`website-configuration.ts` in protocol) and authorization, which the
 * caller brings.
 */
import {
  isSubResource,
  type OssError,
  percentEncode,
  type WebsiteCondition,
  type WebsiteConfiguration,
  type WebsiteIndex,
  type WebsiteRedirect,
} from '@annals/protocol';
import { type ObjectStore, StoreFailure } from '@annals/store';
import { configurationsOf } from '../bucket-configuration/bucket-configurations.js';
import { findBucket } from '../bucket-configuration/find-bucket.js';
import { objectResponseHeaders } from '../operations/answering/object-response-headers.js';
import type { OperationRequest } from '../request/operation-request.js';
import type { OperationResponse } from '../response.js';

// biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder's own spelling
const KEY_PLACEHOLDER = '${key}';

/** What becomes of a request before it is carried out: another key is read, or the reader is sent elsewhere. */
export type WebsiteRoute = { readonly key: string } | { readonly redirect: OperationResponse };

/** The parts of a website that one request meets. */
export class WebsiteVisit {
  readonly #configuration: WebsiteConfiguration;
  readonly #request: OperationRequest;
  readonly #store: ObjectStore;
  readonly #bucket: string;

  /** Use {@link visitWebsite}. */
  constructor(configuration: WebsiteConfiguration, request: OperationRequest, store: ObjectStore, bucket: string) {
    this.#configuration = configuration;
    this.#request = request;
    this.#store = store;
    this.#bucket = bucket;
  }

  /** @returns `undefined`: the request goes on as it is. */
  route(): WebsiteRoute | undefined {
    const { index } = this.#configuration;
    const redirect = this.#redirectFor(undefined);
    if (redirect !== undefined) return { redirect };
    const key = this.#request.key ?? '';
    if (index === undefined || !(key === '' || key.endsWith('/'))) return undefined;
    return { key: index.supportSubDir === true ? `${key}${index.suffix}` : index.suffix };
  }

  /**
   * Gives what is shown instead of an error.
   * @param authorizeRead Refuses keys the reader may not read.
   * @returns `undefined`: the error stands.
   */
  async recover(
    error: OssError,
    authorizeRead: (key: string) => Promise<void>,
  ): Promise<OperationResponse | undefined> {
    const isMissing = error.code === 'NoSuchKey';
    if (!isMissing && error.status !== 403) return undefined;
    const { index, error: errorPage } = this.#configuration;
    const { key } = this.#request;
    if (isMissing && key !== undefined && !key.endsWith('/') && (await this.#isFolder(index, key))) {
      return redirectTo(302, `${this.#pathPrefix()}${encodeKey(key)}/${this.#queryText()}`);
    }
    const redirect = this.#redirectFor(error.status);
    if (redirect !== undefined) return redirect;
    if (!isMissing || errorPage === undefined) return undefined;
    try {
      await authorizeRead(errorPage.key);
      const opened = await this.#store.openObject({ bucket: this.#bucket, key: errorPage.key });
      const { head } = opened;
      return {
        status: errorPage.httpStatus ?? 404,
        headers: { ...objectResponseHeaders(head) },
        body: { length: head.length, stream: opened.read({ start: 0, end: head.length }) },
        release: () => opened.release(),
      };
    } catch {
      // Without a page to show, the error itself is shown.
      return undefined;
    }
  }

  async #isFolder(index: WebsiteIndex | undefined, key: string): Promise<boolean> {
    if (index?.supportSubDir !== true || index.type === 1) return false;
    if (index.type === 2) {
      const { objects } = await this.#store.listObjects({
        bucket: this.#bucket,
        prefix: `${key}/`,
        delimiter: '',
        after: '',
        limit: 1,
      });
      return objects.length > 0;
    }
    try {
      await this.#store.headObject({ bucket: this.#bucket, key: `${key}/${index.suffix}` });
      return true;
    } catch (error) {
      if (error instanceof StoreFailure && error.reason.kind === 'no-such-key') return false;
      throw error;
    }
  }

  #redirectFor(errorStatus: number | undefined): OperationResponse | undefined {
    const rule = this.#configuration.routingRules.find(({ condition }) => this.#meets(condition, errorStatus));
    // A rule that would fetch from elsewhere has no effect, and what comes after it was not meant for these requests.
    if (rule === undefined || 'content' in rule.redirect) return undefined;
    return this.#redirect(rule.redirect, rule.condition);
  }

  #meets(condition: WebsiteCondition, errorStatus: number | undefined): boolean {
    const key = this.#request.key ?? '';
    if (condition.httpErrorCodeReturnedEquals !== errorStatus) return false;
    if (!key.startsWith(condition.keyPrefixEquals ?? '') || !key.endsWith(condition.keySuffixEquals ?? ''))
      return false;
    return condition.includeHeaders.every(({ key: name, equals, startsWith, endsWith }) => {
      const value = this.#request.headers.get(name);
      if (value === undefined) return false;
      if (equals !== undefined && value !== equals) return false;
      return value.startsWith(startsWith ?? '') && value.endsWith(endsWith ?? '');
    });
  }

  #redirect(redirect: WebsiteRedirect, condition: WebsiteCondition): OperationResponse {
    const { protocol, hostName, httpRedirectCode, passQueryString } = redirect;
    const key = newKey(this.#request.key ?? '', redirect, condition);
    const isElsewhere = protocol !== undefined || hostName !== undefined;
    const scheme = protocol ?? (this.#request.isSecure ? 'https' : 'http');
    const origin = isElsewhere ? `${scheme}://${hostName ?? this.#request.host}` : '';
    const prefix = hostName === undefined ? this.#pathPrefix() : '/';
    const query = passQueryString === true ? this.#queryText() : '';
    return redirectTo(httpRedirectCode ?? 302, `${origin}${prefix}${encodeKey(key)}${query}`);
  }

  /** A reader that named the bucket in the path must be sent back there. */
  #pathPrefix(): string {
    return this.#request.isPathStyle === true ? `/${this.#bucket}/` : '/';
  }

  #queryText(): string {
    const text = [...this.#request.query].map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`);
    return text.length === 0 ? '' : `?${text.join('&')}`;
  }
}

/** Parameters of a listing, which is asked for with them, be there a website or not. */
const LISTING_PARAMETERS: ReadonlySet<string> = new Set([
  'prefix',
  'marker',
  'delimiter',
  'max-keys',
  'encoding-type',
  'list-type',
  'start-after',
  'continuation-token',
  'fetch-owner',
]);

/**
 * Whether nothing in the query of a root asks for something else than its page. Links carry parameters that name
 * nothing here (`utm_source`).
 */
function asksForPage(query: OperationRequest['query']): boolean {
  return [...query.names()].every((name) => !LISTING_PARAMETERS.has(name) && !isSubResource(name));
}

/**
 * Looks whether a request visits a website.
 * @returns `undefined` for everything but an unsigned read of a bucket's root or of an object, in a bucket with a
 * website; at once where no bucket has to be looked at.
 */
export function visitWebsite(
  request: OperationRequest,
  store: ObjectStore,
): Promise<WebsiteVisit | undefined> | undefined {
  const { caller, operation, bucket, query } = request;
  if (caller.kind !== 'anonymous' || bucket === undefined) return undefined;
  const isRoot = (operation === 'ListObjects' || operation === 'HeadBucket') && asksForPage(query);
  if (!isRoot && operation !== 'GetObject' && operation !== 'HeadObject') return undefined;
  return visitIn(bucket, request, store);
}

async function visitIn(
  bucket: string,
  request: OperationRequest,
  store: ObjectStore,
): Promise<WebsiteVisit | undefined> {
  const record = await findBucket(store, bucket);
  const website = record && configurationsOf(record).website;
  return website && new WebsiteVisit(website, request, store, bucket);
}

function newKey(key: string, redirect: WebsiteRedirect, condition: WebsiteCondition): string {
  const { replaceKeyWith, replaceKeyPrefixWith, enableReplacePrefix } = redirect;
  if (replaceKeyWith !== undefined) return replaceKeyWith.split(KEY_PLACEHOLDER).join(key);
  if (replaceKeyPrefixWith === undefined && enableReplacePrefix !== true) return key;
  const { keyPrefixEquals = '' } = condition;
  return enableReplacePrefix === false
    ? `${replaceKeyPrefixWith ?? ''}${key}`
    : `${replaceKeyPrefixWith ?? ''}${key.slice(keyPrefixEquals.length)}`;
}

function redirectTo(status: number, location: string): OperationResponse {
  return { status, headers: { Location: location } };
}

function encodeKey(key: string): string {
  return percentEncode(key, { keepSlash: true });
}
