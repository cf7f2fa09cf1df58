/**
 * Tells an application of an upload and brings back its answer. It checks a target before anything is stored, and
 * resolves its name once: it connects to the address that it checked. It follows no redirect, uses no proxy and keeps
 * no connection. Leaves out requests and responses of our own clients (`../operations/answering/upload-callback.ts`).
 */
import { lookup } from 'node:dns/promises';
import { OssError } from '@annals/protocol';
import { type CallbackFacts, fillCallbackBody } from './callback-body.js';
import type { CallbackKey } from './callback-key.js';
import type { CallbackRequest } from './callback-request.js';
import { CallbackRefused, postCallback } from './post-callback.js';
import { isPrivateAddress, TargetPolicy } from './target-policy.js';

/** What operators say about callbacks. */
export interface CallbackSettings {
  /** Host names, `*.DOMAIN`, IP addresses and ranges that may be told. Empty: callbacks are refused. */
  readonly allow: readonly string[];
  /** How long one application may take to answer. */
  readonly timeoutMs: number;
  /**
   * Where applications find the public key; `undefined`: at the address the server listens on, never at a name that an
   * uploader chose.
   */
  readonly publicKeyUrl: string | undefined;
}

/** Gives all addresses of a host name. @throws When it has none. */
export type AddressLookup = (hostname: string) => Promise<readonly string[]>;

/** Where to go, checked. */
interface Target {
  readonly url: URL;
  /** IP address; `undefined` when a name of the allow list could not be looked up, which counts as not reachable. */
  readonly address: string | undefined;
}

/** A callback that may be made. */
export interface AdmittedCallback {
  readonly request: CallbackRequest;
  readonly targets: readonly Target[];
}

/** Seconds a name server may take while an uploader waits with its body. */
const LOOKUP_TIMEOUT_MS = 5000;

/** Checks where callbacks may go, and makes them. */
export class CallbackSender {
  readonly #settings: CallbackSettings;
  readonly #policy: TargetPolicy;
  readonly #lookup: AddressLookup;
  readonly #readKey: () => Promise<CallbackKey>;
  readonly #ownUrl: () => string;

  /**
   * @param readKey Called when a key is needed for the first time.
   * @param ownUrl Gives the URL of this server, without a slash at the end.
   * @param addressLookup Default: the system's.
   * @throws {InvalidTargetPattern} For an allow list that cannot be understood.
   */
  constructor(
    settings: CallbackSettings,
    readKey: () => Promise<CallbackKey>,
    ownUrl: () => string,
    addressLookup: AddressLookup = systemLookup,
  ) {
    this.#settings = settings;
    this.#policy = new TargetPolicy(settings.allow);
    this.#lookup = addressLookup;
    this.#readKey = readKey;
    this.#ownUrl = ownUrl;
  }

  /** The public key as applications want it. */
  async publicKeyPem(): Promise<string> {
    return (await this.#readKey()).publicKeyPem;
  }

  /**
   * Checks every target of a callback. Sends nothing to them.
   * @throws {OssError} `InvalidArgument` when one is not on the allow list, also because its name leads nowhere.
   */
  async admit(request: CallbackRequest): Promise<AdmittedCallback> {
    if (this.#policy.isEmpty) throw refused('This server allows no callbacks (setting callback.allow).');
    const targets: Target[] = [];
    for (const url of request.urls) targets.push({ url, address: await this.#checkedAddress(url) });
    return { request, targets };
  }

  /**
   * Makes a callback: one application after the other until one answers as it should.
   * @returns The application's answer, a JSON document.
   * @throws {OssError} `CallbackFailed`, saying why the last one did not.
   */
  async send(
    { request, targets }: AdmittedCallback,
    facts: CallbackFacts,
    variables: ReadonlyMap<string, string>,
  ): Promise<Uint8Array> {
    const body = fillCallbackBody(request.bodyTemplate, request.bodyType, facts, variables);
    const key = await this.#readKey();
    const publicKeyUrl = this.#settings.publicKeyUrl ?? `${this.#ownUrl()}/-/callback-public-key.pem`;
    let failure: CallbackRefused | undefined;
    for (const { url, address } of targets) {
      try {
        if (address === undefined) throw new CallbackRefused(UNREACHABLE, undefined);
        return await postCallback({
          url,
          address,
          headers: {
            Host: request.host ?? url.host,
            'Content-Type': request.bodyType,
            'User-Agent': 'annals-callback',
            Authorization: key.sign(url, body),
            'x-oss-pub-key-url': Buffer.from(publicKeyUrl).toString('base64'),
            'x-oss-request-id': facts.requestId,
            'x-oss-bucket': facts.bucket,
            'x-oss-tag': 'CALLBACK',
          },
          body: Buffer.from(body, 'utf8'),
          timeoutMs: this.#settings.timeoutMs,
        });
      } catch (error) {
        failure = error instanceof CallbackRefused ? error : new CallbackRefused(UNREACHABLE, error);
      }
    }
    throw new OssError('CallbackFailed', { message: failure?.message ?? UNREACHABLE, cause: failure });
  }

  async #checkedAddress(url: URL): Promise<string | undefined> {
    const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
    let addresses: readonly string[];
    try {
      addresses = await this.#lookup(host);
    } catch {
      addresses = [];
    }
    const address = addresses.find((candidate) => this.#policy.allows(host, candidate));
    if (address !== undefined) return address;
    if (addresses.length > 0) throw notAllowed(url, host, addresses.some(isPrivateAddress) ? PRIVATE_EC : undefined);
    // An operator who lists a name vouches for it, so that its name server is down is a failure of today and no mistake
    // of the uploader.
    if (this.#policy.lists(host)) return undefined;
    throw notAllowed(url, host, UNRESOLVED_EC);
  }
}

const UNREACHABLE = 'Error status : -1.OSS can not connect to your callbackUrl, please check it.';

/** Detailed error codes of a URL that leads to no address, and of one that leads to a private address. */
const UNRESOLVED_EC = '0007-00000007';
const PRIVATE_EC = '0007-00000008';

/** The public service's words; it has none for a public address that is not listed, because it has no list. */
const PRIVATE_MESSAGE = 'Private address is forbidden to callback.';

function notAllowed(url: URL, host: string, ec: string | undefined): OssError {
  const ours = `Callbacks to ${host} are not allowed (setting callback.allow). Nothing was stored.`;
  const message = ec === undefined ? ours : ec === PRIVATE_EC ? `${PRIVATE_MESSAGE} ${ours}` : PRIVATE_MESSAGE;
  return new OssError('InvalidArgument', {
    message,
    ...(ec !== undefined && { ec }),
    details: { ArgumentName: 'callbackUrl', ArgumentValue: url.href, ...(ec === UNRESOLVED_EC && { Detail: ours }) },
  });
}

function refused(message: string): OssError {
  return new OssError('InvalidArgument', {
    message: `${message} Nothing was stored.`,
    details: { ArgumentName: 'x-oss-callback' },
  });
}

async function systemLookup(hostname: string): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The lookup of ${hostname} took too long`)), LOOKUP_TIMEOUT_MS);
  });
  try {
    const found = await Promise.race([lookup(hostname, { all: true }), late]);
    return found.map(({ address }) => address);
  } finally {
    clearTimeout(timer);
  }
}
