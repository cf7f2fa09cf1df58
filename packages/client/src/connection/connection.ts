/**
 * Sends signed calls and gives back their successful answers, or throws saying whether the call took effect. Repeats
 * what may be repeated: a call that never reached the server, and one whose repetition ends in the same state. Leaves
 * out a single attempt (`attempt.ts`) and what each operation means (`operations/`).
 */
import type { Credentials } from '@annals/protocol';
import type { ClientOptions, RetryOptions, StaticKeys } from '../client-options.js';
import { type CredentialProvider, isSameCredentials, staticCredentials } from '../credentials/credential-provider.js';
import { AnnalsError, OssServiceError } from '../error.js';
import { type Answer, type Call, changes, sendAttempt } from './attempt.js';
import { type Endpoint, parseEndpoint } from './endpoint.js';
import { pause, retryDelayMs } from './pause.js';
import { readDocument } from './read-document.js';
import { isRepeatable } from './request-body.js';

const ATTEMPT_COUNT_MAX_DEFAULT = 4;

/** What a server says of keys that another pair may replace. */
const REFUSED_CREDENTIALS: ReadonlySet<string> = new Set([
  'InvalidAccessKeyId',
  'InvalidSecurityToken',
  'SecurityTokenExpired',
]);

/** Sends calls with one identity to one endpoint. */
export class Connection {
  /** As the caller gave them. */
  readonly options: ClientOptions;
  readonly endpoint: Endpoint;
  readonly #provider: CredentialProvider;
  /** What our clock lacks to be the server's, in milliseconds. */
  #clockOffsetMs = 0;

  /** @throws {AnnalsError} `InvalidInput` for an endpoint that cannot be used. */
  constructor(options: ClientOptions) {
    this.endpoint = parseEndpoint(options.endpoint, options.addressing);
    this.options = options;
    this.#provider = 'credentials' in options ? options.credentials : staticCredentials(keysOf(options));
  }

  /**
   * Sends a call, again if it may be.
   * @returns An answer of status 2xx; its body must be read or cancelled.
   * @throws {OssServiceError} The server refused. @throws {AnnalsError} Everything else.
   */
  send(call: Call): Promise<Answer> {
    return this.#sendUntilAnswered(call, async (answer) => answer);
  }

  /** Sends a call whose answer has no body worth reading. */
  sendForHeaders(call: Call): Promise<Answer> {
    return this.#sendUntilAnswered(call, async (answer) => {
      // Read rather than cancelled, so that the connection can be used again.
      await answer.response.arrayBuffer().catch(() => undefined);
      answer.watch.close();
      return answer;
    });
  }

  /**
   * Sends a call and makes something of the document it is answered with, and of the headers.
   * @throws {AnnalsError} `InvalidResponse` when it is none, and as `send`.
   */
  sendForDocument<Document>(call: Call, parse: (document: string, headers: Headers) => Document): Promise<Document> {
    return this.#sendUntilAnswered(call, (answer) => readDocument(answer, call.action, changes(call), parse));
  }

  /** The credentials of the next call. @throws {AnnalsError} `CredentialsMissing`. */
  async credentials(refused?: Credentials): Promise<Credentials> {
    try {
      return await this.#provider(refused);
    } catch (cause) {
      if (cause instanceof AnnalsError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AnnalsError('CredentialsMissing', `Cannot get credentials: ${reason}`, {
        outcome: 'not-applied',
        cause,
      });
    }
  }

  /** The server's time as far as it is known, in milliseconds since 1970. */
  nowMs(): number {
    return (this.options.clock ?? Date.now)() + this.#clockOffsetMs;
  }

  async #sendUntilAnswered<Result>(call: Call, read: (answer: Answer) => Promise<Result>): Promise<Result> {
    const retry = { ...this.options.retry, ...call.retry };
    const { attemptCountMax = ATTEMPT_COUNT_MAX_DEFAULT } = retry;
    let credentials = await this.credentials();
    let isInDoubt = false;
    let correctionCount = 0;
    for (let failedCount = 0; ; ) {
      try {
        return await read(await sendAttempt(this, call, credentials));
      } catch (error) {
        if (!(error instanceof AnnalsError)) throw error;
        isInDoubt ||= error.outcome === 'unknown';
        const isUsed = !isRepeatable(call.body) && error.code !== 'InvalidInput';
        if (isUsed || call.signal?.aborted === true) throw withDoubt(error, isInDoubt);
        const corrected = correctionCount < 2 ? await this.#correct(error, credentials) : undefined;
        if (corrected !== undefined) {
          correctionCount += 1;
          credentials = corrected;
          continue;
        }
        failedCount += 1;
        if (failedCount >= attemptCountMax || !isTransient(error) || !mayRepeat(call, error)) {
          throw withDoubt(error, isInDoubt);
        }
        await this.pauseBeforeRetry(retry, failedCount, error, call.signal);
        credentials = await this.credentials();
      }
    }
  }

  /** Waits before the next attempt, or until `signal` fires. @param failedCount 1 or more. */
  async pauseBeforeRetry(
    retry: RetryOptions,
    failedCount: number,
    error: AnnalsError,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const retryAfterMs = error instanceof OssServiceError ? error.retryAfterMs : undefined;
    await pause(retryDelayMs(retry, failedCount, this.options.random ?? Math.random, retryAfterMs), signal);
  }

  /** Removes a reason for a refusal that is ours: old keys, a wrong clock. @returns Keys for another attempt, if so. */
  async #correct(error: AnnalsError, used: Credentials): Promise<Credentials | undefined> {
    if (!(error instanceof OssServiceError)) return undefined;
    if (error.code === 'RequestTimeTooSkewed' && error.serverTimeMs !== undefined) {
      this.#clockOffsetMs = error.serverTimeMs - (this.options.clock ?? Date.now)();
      return used;
    }
    if (!REFUSED_CREDENTIALS.has(error.code)) return undefined;
    const fresh = await this.credentials(used);
    return isSameCredentials(fresh, used) ? undefined : fresh;
  }
}

/**
 * Whether another attempt may succeed where this one failed: the network, a time-out, a server that is busy or failing.
 */
export function isTransient(error: AnnalsError): boolean {
  if (!(error instanceof OssServiceError)) return error.code === 'NetworkFailed' || error.code === 'TimedOut';
  const { status } = error;
  return (status >= 500 && status !== 501) || status === 429 || status === 408;
}

function mayRepeat(call: Call, error: AnnalsError): boolean {
  const { repeat = changes(call) ? 'when-not-applied' : 'always' } = call;
  return repeat === 'always' || error.outcome === 'not-applied';
}

/** A refusal of the last attempt says nothing of those before it. */
function withDoubt(error: AnnalsError, isInDoubt: boolean): AnnalsError {
  return isInDoubt && error.outcome === 'not-applied' ? error.withOutcome('unknown') : error;
}

function keysOf({ accessKeyId, accessKeySecret, securityToken }: StaticKeys): Credentials {
  return { accessKeyId, accessKeySecret, ...(securityToken !== undefined && { securityToken }) };
}
