/** What a trial of a place found that a store is to keep its data in: the same form for all kinds of places. */

/** What a step found. */
export interface PlaceFinding {
  readonly step: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** What was measured, by name, with the unit at its end. */
  readonly figures?: Readonly<Record<string, number>>;
}
