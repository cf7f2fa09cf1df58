/**
 * One request and its answer on a connection: reads the head, lets the pipeline answer, writes, counts and logs.
 * Leaves out what the answer is (`pipeline.ts`) and when it is the request's turn (`connection.ts`).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { OssError } from '@annals/protocol';
import type { Logger } from 'pino';
import type { AccessLog } from '../access-log/access-log.js';
import { TooManyWrongSignatures } from '../auth/failed-signature-limit.js';
import { clientOfRequest, type RequestClient, type TrustedProxies } from '../client-address/client-of-request.js';
import { renderError, toOssError } from '../error/render-error.js';
import type { ReadAhead } from '../limits/read-ahead.js';
import type { DamageReports } from '../observe/damage-reports.js';
import type { ServerMetrics } from '../observe/metrics.js';
import { logRequest } from '../observe/request-log.js';
import type { ReceivedRequest } from '../request/received-request.js';
import type { RequestProgress } from '../request/request-progress.js';
import type { OperationResponse } from '../response.js';
import type { ServerSettings } from '../settings.js';
import type { Connection, RequestUnderWay } from './connection.js';
import { type Forward, forwardRequest } from './forwarding.js';
import { type PaceFault, type PaceLimits, SYSTEM_TIMERS } from './pace-watch.js';
import { answer } from './pipeline.js';
import type { PipelineServices } from './pipeline-services.js';
import { METRICS_PATH, type ProbeEndpoint } from './probe-endpoints.js';
import { hasProbeToken } from './probe-token.js';
import type { ProxyGate } from './proxy-gate.js';
import { SocketBody } from './request-body.js';
import { type RequestHead, readRequestHead } from './request-head.js';
import type { RequestIds } from './request-ids.js';
import { type ClaimedSender, keyNamedBy, type RequestTurns } from './request-turns.js';
import { ClientGoneError, type WrittenResponse, writeResponse } from './response.js';
import {
  answerServiceRequest,
  type ServiceEndpointName,
  type ServiceEndpoints,
  serviceEndpointOf,
} from './service-endpoints.js';

/** What every exchange of a server works with. */
export interface ExchangeServices {
  readonly pipeline: PipelineServices;
  readonly probes: ReadonlyMap<string, ProbeEndpoint>;
  readonly endpoints: ServiceEndpoints;
  readonly settings: ServerSettings;
  /** Through which door a socket came. */
  readonly gate: Pick<ProxyGate, 'clientOf' | 'isProbing'>;
  /** The proxies that may name the client's address. */
  readonly proxies: TrustedProxies;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly requestIds: RequestIds;
  /** Decides which request begins next where many come at once. */
  readonly turns: RequestTurns;
  /** Bytes that bodies may wait with. */
  readonly readAhead: ReadAhead;
  readonly log: Logger;
  readonly metrics: ServerMetrics;
  /** Called with each failure of a request. */
  readonly damage: DamageReports;
  /** Called for every request to a bucket. */
  readonly accessLog: AccessLog;
  /** Called for every error answered, before it is sent. */
  readonly onError: (error: OssError) => void;
  /** Given to a worker: another process answers what concerns all of them. */
  readonly forward: Forward | undefined;
}

/** What node:http hands over. */
export interface ExchangeInput {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly connection: Connection;
  /** What the Expect header asks for; anything but `100-continue` cannot be met. */
  readonly expectation: 'none' | '100-continue' | 'unknown';
}

const NO_HEAD: RequestHead = {
  headers: new Map(),
  wireHeaders: new Map(),
  host: undefined,
  bodyLength: undefined,
  announcesBody: false,
  mustClose: true,
};

/** Carries out one exchange. Never throws: whatever goes wrong inside ends in the log and on the connection. */
export function carryOutExchange(input: ExchangeInput, services: ExchangeServices): void {
  let head: RequestHead = NO_HEAD;
  let client = input.connection.client;
  let fault: unknown;
  try {
    head = readRequestHead(input.incoming);
    client = clientOfRequest(client, head.headers, services.proxies);
  } catch (error) {
    fault = error;
  }
  const isLast = head.mustClose || !input.outgoing.shouldKeepAlive;
  void new Exchange(input, { head, client, fault }, services).carryOut(isLast);
}

/** The server reads no bodies of requests with these methods. */
const BODYLESS_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

/** What is known of a request before it is its turn. */
interface PreparedRequest {
  readonly head: RequestHead;
  readonly client: RequestClient;
  /** Why it is refused. */
  readonly fault: unknown;
}

class Exchange implements ReceivedRequest, RequestUnderWay {
  readonly id: string;
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly wireHeaders: ReadonlyMap<string, string>;
  readonly isSecure: boolean;
  readonly clientAddress: string;
  readonly receivedAtMs: number;
  readonly body: SocketBody;
  readonly #input: ExchangeInput;
  readonly #services: ExchangeServices;
  readonly #fault: unknown;
  readonly #progress: RequestProgress = {};
  readonly #startedAtMs = performance.now();
  #isProbe = false;
  #endpoint: ServiceEndpointName | undefined;
  #abortController: AbortController | undefined;

  constructor(input: ExchangeInput, { head, client, fault }: PreparedRequest, services: ExchangeServices) {
    const { incoming, outgoing, connection, expectation } = input;
    const { limits } = services.settings;
    this.#input = input;
    this.#services = services;
    this.#fault = fault;
    this.receivedAtMs = services.clock();
    this.id = services.requestIds(this.receivedAtMs);
    this.isSecure = client.isSecure;
    this.clientAddress = client.clientAddress;
    this.method = incoming.method ?? 'GET';
    this.target = incoming.url ?? '/';
    this.host = head.host || `${connection.socket.localAddress ?? 'localhost'}:${connection.socket.localPort ?? 0}`;
    this.headers = head.headers;
    this.wireHeaders = head.wireHeaders;
    this.body = new SocketBody({
      incoming,
      outgoing,
      connection,
      head,
      isExpected: !BODYLESS_METHODS.has(this.method),
      expectsContinue: expectation === '100-continue',
      pace: paceLimitsOf(services.settings),
      readAhead: services.readAhead,
      timers: SYSTEM_TIMERS,
      onSlow: (fault) => this.#noteSlow('upload', fault),
      drainLengthBytesMax: limits.drainLengthBytesMax,
    });
  }

  /** Made on first use: most requests end before their client could leave. */
  get signal(): AbortSignal {
    if (this.#abortController === undefined) {
      const controller = new AbortController();
      this.#abortController = controller;
      const { outgoing } = this.#input;
      if (outgoing.destroyed) controller.abort(new ClientGoneError());
      else outgoing.once('close', () => this.#onClose());
    }
    return this.#abortController.signal;
  }

  #onClose(): void {
    if (!this.#input.outgoing.writableFinished) this.#abortController?.abort(new ClientGoneError());
  }

  fail(error: Error): void {
    this.body.fail(error);
  }

  async carryOut(isLast: boolean): Promise<void> {
    const { connection, outgoing } = this.#input;
    connection.begin(this, isLast);
    try {
      const beginning = this.#services.turns.begin(() => this.#claimedSender());
      if (beginning !== undefined) await beginning;
      // Also where it is there at once: what goes out inside node:http's call for this request is lost.
      const response = await this.#answer();
      if (this.#progress.error !== undefined) this.#services.onError(this.#progress.error);
      const writing = this.#write(response);
      this.#report(response.status, writing instanceof Promise ? await writing : writing);
    } catch (failure) {
      // Either what took effect could not be told, or a mistake of ours. No status: the client must take the outcome
      // for unknown.
      connection.socket.destroy();
      this.#report(500, { lengthBytes: 0, failure });
    } finally {
      this.body.close();
      connection.finish(outgoing);
    }
  }

  #claimedSender(): ClaimedSender {
    return { address: this.clientAddress, accessKeyId: keyNamedBy(this.headers.get('authorization'), this.target) };
  }

  #answer(): OperationResponse | Promise<OperationResponse> {
    const { expectation, connection } = this.#input;
    if (this.#fault !== undefined) {
      connection.lingerOnClose();
      return this.#refuse(toOssError(this.#fault));
    }
    const isRead = this.method === 'GET' || this.method === 'HEAD';
    const probe = isRead && this.target.startsWith('/-/') ? this.#services.probes.get(this.target) : undefined;
    if (probe !== undefined && this.#isRightDoor(probe)) {
      this.#isProbe = true;
      if (probe.isOpen || hasProbeToken(this.#services.settings.probes.token, this.headers.get('authorization'))) {
        const { forward } = this.#services;
        if (forward === undefined || this.target !== METRICS_PATH) return probe.answer();
        return this.#forward('metrics', forward);
      }
      return { status: 401, headers: { 'WWW-Authenticate': 'Bearer' }, body: new Uint8Array() };
    }
    if (expectation === 'unknown') {
      return this.#refuse(
        new OssError('InvalidArgument', {
          status: 417,
          message: 'The only expectation this server meets is 100-continue.',
          details: { ArgumentName: 'Expect' },
        }),
      );
    }
    return this.#answerService();
  }

  /**
   * With a listener of their own the pages are there and nowhere else; what applications verify callbacks with stays
   * where it was.
   */
  #isRightDoor({ isOpen }: ProbeEndpoint): boolean {
    return this.#isAtProbes === (this.#services.settings.probes.listen !== undefined && !isOpen);
  }

  get #isAtProbes(): boolean {
    return this.#services.gate.isProbing(this.#input.connection.socket);
  }

  /** The services beside OSS, or OSS. */
  #answerService(): OperationResponse | Promise<OperationResponse> {
    const { endpoints, pipeline } = this.#services;
    try {
      this.#endpoint = serviceEndpointOf(this, endpoints);
    } catch (thrown) {
      return this.#refuse(toOssError(thrown));
    }
    const isAtProbes = this.#isAtProbes;
    const { holdsAdmin, listen } = this.#services.settings.probes;
    const isElsewhere = isAtProbes
      ? this.#endpoint !== 'admin' || !holdsAdmin
      : this.#endpoint === 'admin' && holdsAdmin && listen !== undefined;
    if (isElsewhere) {
      const message = 'Nothing of this path is served at this address and port.';
      return this.#refuse(new OssError('AccessDenied', { status: 404, message }));
    }
    if (this.#endpoint === undefined) return answer(this, this.#progress, pipeline);
    if (this.#services.forward !== undefined) return this.#forward(this.#endpoint, this.#services.forward);
    return answerServiceRequest(this.#endpoint, this, this.#progress, endpoints).catch((thrown: unknown) =>
      this.#refuse(toOssError(thrown)),
    );
  }

  #forward(kind: ServiceEndpointName | 'metrics', forward: Forward): Promise<OperationResponse> {
    return forwardRequest(kind, this, this.#progress, forward).catch((thrown: unknown) =>
      this.#refuse(toOssError(thrown)),
    );
  }

  #refuse(error: OssError): OperationResponse {
    this.#progress.error = error;
    return renderError(error, this);
  }

  #write(response: OperationResponse): WrittenResponse | Promise<WrittenResponse> {
    const { outgoing, connection } = this.#input;
    const { settings, clock } = this.#services;
    return writeResponse(response, {
      outgoing,
      connection,
      body: this.body,
      method: this.method,
      requestId: this.id,
      nowMs: clock(),
      elapsedMs: performance.now() - this.#startedAtMs,
      keepAliveMs: settings.timeouts.keepAliveMs,
      pace: paceLimitsOf(settings),
      timers: SYSTEM_TIMERS,
      onSlow: (fault) => this.#noteSlow('reader', fault),
    });
  }

  #noteSlow(role: 'upload' | 'reader', fault: PaceFault): void {
    this.#services.metrics.countSlowClient(`${fault}-${role}`);
  }

  #report(status: number, written: WrittenResponse): void {
    const { log, metrics, accessLog, damage } = this.#services;
    const { operation, address, caller, error, forwarded } = this.#progress;
    const elapsedMs = performance.now() - this.#startedAtMs;
    const receivedLengthBytes = this.body.receivedLengthBytes;
    const sentLengthBytes = written.lengthBytes;
    metrics.countRequest({
      operation: operation ?? this.#endpoint ?? (this.#isProbe ? 'probe' : 'unknown'),
      status,
      elapsedMs,
      receivedLengthBytes,
      sentLengthBytes,
    });
    if (address?.bucket !== undefined && accessLog.mayBeLogged(address.bucket)) {
      accessLog.note({
        atMs: this.receivedAtMs,
        clientAddress: this.clientAddress,
        method: this.method,
        target: this.target,
        httpVersion: this.#input.incoming.httpVersion,
        status,
        sentLengthBytes,
        receivedLengthBytes,
        elapsedMs,
        referer: this.headers.get('referer'),
        userAgent: this.headers.get('user-agent'),
        host: this.host,
        requestId: this.id,
        requesterId: caller?.accountId || undefined,
        accessKeyId: caller?.accessKeyId || undefined,
        operation,
        isUpload: this.#progress.isUpload === true,
        bucket: address.bucket,
        key: address.key,
        errorCode: error?.code,
      });
    }
    // Asked for every few seconds by machines: a line each would bury the requests of people.
    if (this.#isProbe && status < 500) return;
    // A line for each would let an attacker who guesses fill a disk.
    const isFlood = error instanceof TooManyWrongSignatures;
    if (isFlood && error.omittedCount === undefined) return;
    const line = {
      requestId: this.id,
      clientAddress: this.clientAddress,
      method: this.method,
      operation,
      bucket: address?.bucket,
      key: address?.key,
      accessKeyId: caller?.accessKeyId ?? forwarded?.accessKeyId,
      status,
      receivedLengthBytes,
      sentLengthBytes,
      elapsedMs: Math.round(elapsedMs * 1000) / 1000,
      errorCode: error?.code ?? forwarded?.errorCode,
      omittedCount: isFlood ? error.omittedCount : undefined,
    };
    const cause = written.failure ?? error?.cause;
    if (cause !== undefined) {
      const { requestId, bucket, key } = line;
      damage.note(cause, {
        foundBy: 'request',
        requestId,
        ...(operation !== undefined && { operation }),
        ...(bucket !== undefined && { bucket }),
        ...(key !== undefined && { key }),
      });
    }
    logRequest(log, line, cause);
  }
}

function paceLimitsOf({ limits, timeouts }: ServerSettings): PaceLimits {
  const { idleMs, rateWindowMs } = timeouts;
  return { idleMs, rateWindowMs, rateBytesPerSecondMin: limits.rateBytesPerSecondMin };
}
