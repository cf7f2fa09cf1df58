/** What the process that keeps the store and its workers say to each other, beside the rows. It is copied as it is. */
import type {
  AuditEvent,
  AuditHead,
  CountedMetrics,
  DoorName,
  ForwardedAnswer,
  ForwardedRequest,
  RootAccessKeys,
} from '@annals/server';
import type { ServedConfiguration } from './default-worker-count.js';

/** What a worker starts with. */
export interface WorkerStart {
  readonly kind: 'start';
  /** 1 for the first; a worker that takes another's place has its number. */
  readonly number: number;
  readonly configuration: ServedConfiguration;
  /** Resolved. */
  readonly folder: string;
  readonly rootKeys: RootAccessKeys;
  readonly masterKey: string | undefined;
  /** A master key that was lost: nothing is sealed with the new one. */
  readonly mayNotSeal: boolean;
  readonly probeToken: string | undefined;
  readonly url: string;
}

/** What a worker is told. */
export type OwnerMessage =
  | WorkerStart
  /** With a socket. */
  | { readonly kind: 'connection'; readonly id: number; readonly door: DoorName }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: OwnerAnswer }
  | { readonly kind: 'refusal'; readonly id: number; readonly message: string }
  | { readonly kind: 'garbage'; readonly noteCount: number; readonly lengthBytes: number }
  | { readonly kind: 'root-keys'; readonly id: number; readonly keys: RootAccessKeys }
  | { readonly kind: 'measure'; readonly id: number }
  /** Serve on, and say that this server is not ready. */
  | { readonly kind: 'drain' }
  | { readonly kind: 'stop' };

/** What a worker asks the process that keeps the store. */
export type WorkerQuestion =
  | { readonly kind: 'forward'; readonly request: ForwardedRequest }
  | { readonly kind: 'audit'; readonly event: AuditEvent };

/** What it is answered. */
export type OwnerAnswer = ForwardedAnswer | AuditHead;

/** What a worker says. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'taken'; readonly id: number }
  | { readonly kind: 'ask'; readonly id: number; readonly question: WorkerQuestion }
  | { readonly kind: 'told'; readonly id: number; readonly metrics?: CountedMetrics }
  | { readonly kind: 'held-up' };
