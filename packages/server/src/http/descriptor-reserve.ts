/**
 * Descriptors held for the moment when there are no others. The reserve gives one up then, so that the server can
 * accept a new connection and tell its client to come back. The system's event loop would accept such a connection only
 * to close it, and would not tell this process. Therefore the reserve looks for the shortage with each connection that
 * comes, and several times a second. Leaves out how many connections there may be (`connection-limit.ts`).
 */
import { closeSync, openSync } from 'node:fs';
import type { Logger } from 'pino';

const RESERVE_COUNT = 4;
/** So long connections are refused after descriptors ran out; then what was given up is taken again. */
const USED_UP_MS = 1000;
/** Between two checks without new connections: files use up descriptors, too. */
const LOOK_INTERVAL_MS = 100;
/** Opened and nothing else. */
const HELD_PATH = '/dev/null';

/** What a reserve needs of the server around it. */
export interface DescriptorReserveServices {
  readonly log: Pick<Logger, 'error'>;
  /** Called for each shortage, and for each connection that could not be accepted. */
  readonly onShortage: () => void;
  /**
   * Closes an idle connection, if there is one: nothing of the reserve is left, and none of it could be taken again.
   */
  readonly makeRoom: () => void;
}

/** The reserve of one server. */
export class DescriptorReserve {
  readonly #services: DescriptorReserveServices;
  readonly #held: number[] = [];
  readonly #looking: NodeJS.Timeout;
  #refill: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(services: DescriptorReserveServices) {
    this.#services = services;
    this.#fill();
    this.#looking = setInterval(() => this.look(), LOOK_INTERVAL_MS);
    this.#looking.unref();
  }

  /** Whether there are no descriptors for connections at the moment. */
  get isUsedUp(): boolean {
    return this.#refill !== undefined;
  }

  /** Finds out whether one more could be opened, and gives one up when not. Costs opening and closing a file. */
  look(): void {
    if (this.#isClosed) return;
    try {
      closeSync(openSync(HELD_PATH, 'r'));
    } catch (error) {
      if (!this.isUsedUp) this.#services.onShortage();
      this.#giveUp(error);
    }
  }

  /** The system could not accept a connection; the listener gets this error repeatedly until it can. */
  noteFailure(error: Error): void {
    this.#services.onShortage();
    if (!this.#giveUp(error)) this.#services.makeRoom();
  }

  /** Gives everything back. Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#looking);
    clearTimeout(this.#refill);
    this.#refill = undefined;
    for (const descriptor of this.#held.splice(0)) closeSync(descriptor);
  }

  /** @returns Whether a descriptor is free now. */
  #giveUp(error: unknown): boolean {
    // A line for each would fill the disk, too.
    if (!this.isUsedUp) this.#services.log.error({ err: error }, 'connections cannot be accepted');
    this.#refillLater();
    const descriptor = this.#held.pop();
    if (descriptor === undefined) return false;
    closeSync(descriptor);
    return true;
  }

  #refillLater(): void {
    if (this.#refill !== undefined || this.#isClosed) return;
    this.#refill = setTimeout(() => {
      this.#refill = undefined;
      this.#fill();
      if (this.#held.length > 0) return;
      // Others have taken all of it: while they hold it, the server cannot answer a new connection.
      this.#refillLater();
      this.#services.makeRoom();
    }, USED_UP_MS);
    this.#refill.unref();
  }

  #fill(): void {
    try {
      while (this.#held.length < RESERVE_COUNT) this.#held.push(openSync(HELD_PATH, 'r'));
    } catch {
      // With the next pause; what cannot be opened now is what the reserve is for.
    }
  }
}
