/**
 * How the rooms of the server record what they do: an intent that is on the disk before a change begins, and what
 * became of it before the change is acknowledged. Leaves out the file (`audit-log.ts`) and what has to be recorded
 * (`audited-operations.ts`).
 */
import { OssError } from '@annals/protocol';
import type { AuditEvent, AuditHead } from './audit-record.js';
import { RefusalBudget } from './refusal-budget.js';

/** Takes records; `AuditLog` is one. */
export interface AuditSink {
  readonly head: AuditHead;
  append(event: AuditEvent): Promise<AuditHead>;
}

/** What is told of the records of a server: counts and failures, for metrics and the log. */
export interface AuditObserver {
  recorded(event: AuditEvent): void;
  /** A record could not be written. */
  failed(error: unknown): void;
  /** A refused attempt was left out: there were too many. */
  omitted(): void;
}

/** What is about to be changed, and its actor. */
export type AuditIntent = Omit<AuditEvent, 'phase' | 'intent' | 'result' | 'errorCode'>;

/**
 * Outcomes that could not be written wait for the next record; more than so many are given up, and their intents stay
 * without one.
 */
const WAITING_OUTCOME_COUNT_MAX = 1000;

/** Records changes of one server. Without a sink it records nothing, and everything goes on. */
export class AuditTrail {
  readonly #sink: AuditSink | undefined;
  readonly #observer: AuditObserver | undefined;
  readonly #refusals: RefusalBudget;
  #waitingOutcomes: AuditEvent[] = [];

  /** @param clock Milliseconds since any fixed moment. */
  constructor(sink?: AuditSink, observer?: AuditObserver, clock: () => number = () => performance.now()) {
    this.#sink = sink;
    this.#observer = observer;
    this.#refusals = new RefusalBudget(clock);
  }

  /** The last durable record; `undefined` when nothing is recorded. */
  get head(): AuditHead | undefined {
    return this.#sink?.head;
  }

  /**
   * Makes a change between its two records.
   * @param change Is not called when the intent cannot be recorded.
   * @param codeOf Error code of what `change` throws.
   * @param describe More of the outcome, without secrets.
   * @returns What `change` returns, once the outcome is recorded, or waits for the log to take records again: what was
   *   done cannot be undone, and its intent stands.
   * @throws {OssError} `ServiceUnavailable` when the intent cannot be recorded; what `change` throws.
   */
  async around<Result>(
    intent: AuditIntent,
    change: () => Promise<Result>,
    codeOf: (error: unknown) => string,
    describe?: (result: Result) => Readonly<Record<string, unknown>>,
  ): Promise<Result> {
    if (this.#sink === undefined) return change();
    const { sequence } = await this.#append({ phase: 'intent', ...intent });
    const { action, actor } = intent;
    const { resource, requestId } = intent;
    const outcome = {
      phase: 'outcome',
      action,
      ...(resource !== undefined && { resource }),
      actor,
      ...(requestId !== undefined && { requestId }),
      intent: sequence,
    } as const;
    let result: Result;
    try {
      result = await change();
    } catch (error) {
      await this.#conclude({ ...outcome, result: 'failed', errorCode: codeOf(error) });
      throw error;
    }
    const detail = describe?.(result);
    await this.#conclude({ ...outcome, result: 'done', ...(detail !== undefined && { detail }) });
    return result;
  }

  /**
   * Records something that needs no pair.
   * @throws {OssError} `ServiceUnavailable` when it cannot be recorded.
   */
  async note(event: AuditIntent & Pick<AuditEvent, 'result' | 'errorCode'>): Promise<void> {
    if (this.#sink !== undefined) await this.#append({ phase: 'event', ...event });
  }

  /**
   * Records an attempt to change something that the caller has no right to; nothing of it was done. Strangers leave no
   * record, and of too many attempts only some do. Never throws: the answer is a refusal, with or without its record.
   */
  async refused(intent: AuditIntent, errorCode: string): Promise<void> {
    const { actor, detail } = intent;
    if (this.#sink === undefined || actor.kind === 'anonymous') return;
    const omittedCount = this.#refusals.take(actor.name ?? actor.accessKeyId ?? actor.kind);
    if (omittedCount === undefined) {
      this.#observer?.omitted();
      return;
    }
    const told = { ...detail, ...(omittedCount > 0 && { omittedCount }) };
    const more = Object.keys(told).length > 0 ? { detail: told } : {};
    const event = { phase: 'event', ...intent, ...more, result: 'failed', errorCode } as const;
    await this.#write(event).catch((error: unknown) => this.#observer?.failed(error));
  }

  async #append(event: AuditEvent): Promise<AuditHead> {
    try {
      await this.#retryOutcomes();
      return await this.#write(event);
    } catch (cause) {
      this.#observer?.failed(cause);
      throw new OssError('ServiceUnavailable', {
        message: 'The audit log cannot be written, so nothing that it has to record is done. Please retry later.',
        headers: { 'Retry-After': '10' },
        cause,
      });
    }
  }

  async #conclude(outcome: AuditEvent): Promise<void> {
    try {
      await this.#write(outcome);
    } catch (error) {
      this.#observer?.failed(error);
      if (this.#waitingOutcomes.length < WAITING_OUTCOME_COUNT_MAX) this.#waitingOutcomes.push(outcome);
    }
  }

  async #retryOutcomes(): Promise<void> {
    const waiting = this.#waitingOutcomes;
    if (waiting.length === 0) return;
    this.#waitingOutcomes = [];
    const written = await Promise.allSettled(waiting.map((outcome) => this.#write(outcome)));
    const failed = waiting.filter((_, index) => written[index]?.status === 'rejected');
    this.#waitingOutcomes = [...failed, ...this.#waitingOutcomes];
  }

  async #write(event: AuditEvent): Promise<AuditHead> {
    const sink = this.#sink as AuditSink;
    const head = await sink.append(event);
    this.#observer?.recorded(event);
    return head;
  }
}
