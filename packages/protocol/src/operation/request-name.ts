/** What becomes of a header or a query parameter: the words in which the tables of names say it. */

/** What becomes of a name. */
export interface RequestName {
  /** `refused`: with 501, whatever the operation. `ignored`: on purpose, `note` says why. */
  readonly state: 'handled' | 'refused' | 'ignored';
  /** What it does, or why it does nothing. */
  readonly note: string;
}

/** @param note What the name does. */
export const handled = (note: string): RequestName => ({ state: 'handled', note });

/** @param note What the name asks for that is not here. */
export const refused = (note: string): RequestName => ({ state: 'refused', note });

/** @param note Why the name does nothing. */
export const ignored = (note: string): RequestName => ({ state: 'ignored', note });
