/** A worker's connection to the process that keeps the store: questions and their answers. Leaves out the rows. */
import type { AuditHead, AuditSink, ForwardedAnswer, ForwardedRequest } from '@annals/server';
import { AuditUnavailable } from '@annals/server';
import type { OwnerAnswer, OwnerMessage, WorkerMessage, WorkerQuestion } from './worker-messages.js';

interface Pending {
  readonly resolve: (answer: OwnerAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** The one link of this process. */
export class OwnerLink {
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;

  /** Takes an answer. */
  receive(message: Extract<OwnerMessage, { readonly kind: 'answer' | 'refusal' }>): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === 'answer') pending?.resolve(message.answer);
    else pending?.reject(new Error(message.message));
  }

  /** Says something that needs no answer. */
  say(message: WorkerMessage): void {
    if (process.connected) process.send?.(message);
  }

  /** @throws {Error} The other process is gone. */
  forward(request: ForwardedRequest): Promise<ForwardedAnswer> {
    return this.#ask({ kind: 'forward', request }) as Promise<ForwardedAnswer>;
  }

  /** The audit log of all workers; its head as of the last record of this one. */
  audit(): AuditSink {
    let head: AuditHead = { sequence: 0, hash: '' };
    return {
      get head() {
        return head;
      },
      append: async (event) => {
        try {
          head = (await this.#ask({ kind: 'audit', event })) as AuditHead;
          return head;
        } catch (error) {
          throw new AuditUnavailable('Cannot write the audit log', error);
        }
      },
    };
  }

  #ask(question: WorkerQuestion): Promise<OwnerAnswer> {
    this.#nextId += 1;
    const id = this.#nextId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.say({ kind: 'ask', id, question });
    });
  }
}
