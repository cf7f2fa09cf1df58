/**
 * Where the scrub has got to and what it has found, kept in the store, so that a restart goes on from there. Leaves out
 * what is done with it (`scrub-worker.ts`).
 */
import { type Check, checks, type Finding, type ObjectStore, type ScrubFinding } from '@annals/store';

/** Damage that a pass has found. */
export interface KeptFinding extends Omit<ScrubFinding, 'failure'> {
  readonly foundAtMs: number;
}

/** What a check of the rows has found: the objects that are hit, and whatever contradicts itself. */
export type RowFinding = Omit<Finding, 'repair'>;

/** What the last whole check of the rows came to. */
export interface RowCheck {
  readonly endedAtMs: number;
  readonly rowCount: number;
  /** Versions of objects, and parts, of which bytes are damaged or missing. */
  readonly hitCount: number;
  /** Other damage, such as rows that cannot be read. */
  readonly damageCount: number;
  readonly contradictionCount: number;
  /** Blobs that no content knows. */
  readonly orphanBlobCount: number;
  readonly orphanBlobLengthBytes: number;
  /**
   * Counters, and references that nothing refers to, were not looked at: that needs one moment of all rows, and takes
   * too long for one.
   */
  readonly areSumsLeftOut: boolean;
  /** The first of them; those of orphans are left out. */
  readonly findings: readonly RowFinding[];
}

/** A check of the rows that is not over. */
export interface RowCheckUnderWay {
  readonly rowCount: number;
  /** Share that is behind it, from 0 to 1, roughly. */
  readonly progress: number;
}

/** What the scrub does and has found. */
export interface ScrubStatus {
  readonly isRunning: boolean;
  readonly bytesPerSecond: number;
  /** When this pass began; absent before the first. */
  readonly startedAtMs?: number;
  readonly extentCount: number;
  readonly lengthBytes: number;
  /** Share of all contents this pass has behind it, from 0 to 1: their ids are random, so its place tells. */
  readonly progress: number;
  readonly passCount: number;
  readonly lastPassEndedAtMs?: number;
  readonly findingCount: number;
  /** The first of them, of this pass and the one before. */
  readonly findings: readonly KeptFinding[];
  /** Absent before the first. */
  readonly rows?: RowCheck;
  /** Absent between checks. */
  readonly rowsUnderWay?: RowCheckUnderWay;
}

/** When rows are checked: as soon as may be, or before all else, since all contents were read. */
type RowsDue = 'soon' | 'now';

/** What a check of the rows has come to, and where the next step goes on. */
export type KeptRowCheck = Omit<RowCheck, 'endedAtMs'> & { readonly next: string; readonly lineCount: number };

/** What the row says in which the scrub keeps its place. */
export type StoredScrub = Omit<ScrubStatus, 'isRunning' | 'bytesPerSecond' | 'progress' | 'rowsUnderWay'> & {
  readonly rowsUnderWay?: KeptRowCheck;
  readonly isStopped: boolean;
  readonly after?: string;
  readonly rowsDue?: RowsDue;
};

const { count, fields, flag, listOf, oneOf, optional, text, time } = checks;

const rowFindingCheck = fields<RowFinding>({
  kind: oneOf<RowFinding['kind']>({
    'row-unreadable': true,
    'row-malformed': true,
    'bytes-damaged': true,
    'bytes-missing': true,
    'object-damaged': true,
    'object-checksum': true,
    'part-damaged': true,
    'bytes-unproven': true,
    'data-key-missing': true,
    'reference-missing': true,
    'reference-dangling': true,
    'content-unreferenced': true,
    'blob-index-missing': true,
    'blob-index-wrong': true,
    'blob-index-stale': true,
    'blob-orphaned': true,
    'job-stale': true,
    'append-id-lost': true,
    'append-id-wrong': true,
    'append-id-orphaned': true,
    'counter-wrong': true,
    'version-order': true,
    'version-orphaned': true,
    'bucket-missing': true,
    'part-orphaned': true,
    'row-unknown': true,
    'file-unusable': true,
  }),
  severity: oneOf<RowFinding['severity']>({ damage: true, contradiction: true, note: true }),
  message: text,
  bucket: optional(text),
  key: optional(text),
  versionId: optional(text),
  contentId: optional(text),
  blobId: optional(text),
  range: optional(fields<NonNullable<RowFinding['range']>>({ start: count, end: count })),
  rowKey: optional(text),
});

const foundChecks = {
  rowCount: count,
  hitCount: count,
  damageCount: count,
  contradictionCount: count,
  orphanBlobCount: count,
  orphanBlobLengthBytes: count,
  areSumsLeftOut: flag,
  findings: listOf(rowFindingCheck),
};

/** What the row must hold. */
export const scrubStateCheck: Check<StoredScrub> = fields<StoredScrub>({
  startedAtMs: optional(time),
  extentCount: count,
  lengthBytes: count,
  passCount: count,
  lastPassEndedAtMs: optional(time),
  findingCount: count,
  findings: listOf(
    fields<KeptFinding>({
      contentId: text,
      start: count,
      end: count,
      blobId: optional(text),
      detail: text,
      foundAtMs: time,
    }),
  ),
  rows: optional(fields<RowCheck>({ ...foundChecks, endedAtMs: time })),
  rowsUnderWay: optional(fields<KeptRowCheck>({ ...foundChecks, next: text, lineCount: count })),
  isStopped: flag,
  after: optional(text),
  rowsDue: optional(oneOf<RowsDue>({ soon: true, now: true })),
});

/** Where its state is kept. */
export const SCRUB_CONFIGURATION = 'scrub';
/** Findings that are kept, of bytes and of rows each. */
export const FINDING_COUNT_MAX = 1000;

const NOTHING: StoredScrub = {
  isStopped: false,
  extentCount: 0,
  lengthBytes: 0,
  passCount: 0,
  findingCount: 0,
  findings: [],
};

/** The state of one worker. Changes are in memory until they are kept. */
export class ScrubState {
  readonly #store: Pick<ObjectStore, 'serviceConfiguration' | 'setServiceConfiguration'>;
  readonly #clock: () => number;
  #current = NOTHING;
  #keptAtMs = 0;

  /** @param clock Milliseconds since 1970. */
  constructor(store: Pick<ObjectStore, 'serviceConfiguration' | 'setServiceConfiguration'>, clock: () => number) {
    this.#store = store;
    this.#clock = clock;
  }

  get current(): StoredScrub {
    return this.#current;
  }

  /** Milliseconds since 1970; 0 before the first time. */
  get keptAtMs(): number {
    return this.#keptAtMs;
  }

  /**
   * Reads what the process before has kept.
   * @param isStopped What holds when it has kept nothing, and when what it kept is damaged.
   * @throws {EngineFailure} `corrupt` when the row is damaged.
   */
  async load(isStopped: boolean): Promise<void> {
    this.#current = { ...NOTHING, isStopped };
    this.#current = (await this.#store.serviceConfiguration(SCRUB_CONFIGURATION, scrubStateCheck)) ?? this.#current;
  }

  /** Writes it to the store, durably. */
  async keep(): Promise<void> {
    this.#keptAtMs = this.#clock();
    await this.#store.setServiceConfiguration(SCRUB_CONFIGURATION, this.#current);
  }

  /** Another process goes on from what was kept. */
  forget(): void {
    this.#current = NOTHING;
  }

  change(change: Partial<StoredScrub>): void {
    this.#current = { ...this.#current, ...change };
  }

  replace(state: StoredScrub): void {
    this.#current = state;
  }
}
