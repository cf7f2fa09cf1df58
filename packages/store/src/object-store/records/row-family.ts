/**
 * The families of rows: the first letter of every key. Code that treats families differently (`row-selection.ts`, the
 * check of a store) uses this table, so that nothing compiles until every such place has decided about a new family.
 * docs/format.md documents the same, and a test compares the two.
 */

/**
 * Letters, so that a dump can be read. `accounts` belongs to the program that keeps accounts in the same engine:
 * nothing here reads or writes its rows.
 */
export const ROW_FAMILIES = {
  format: 'F',
  bucket: 'B',
  serviceConfiguration: 'S',
  counter: 'C',
  object: 'O',
  extent: 'E',
  reference: 'R',
  blob: 'I',
  garbage: 'G',
  compactionJob: 'J',
  contentKey: 'K',
  deleteMarker: 'M',
  earlierVersion: 'V',
  upload: 'U',
  part: 'P',
  partCount: 'N',
  accounts: 'A',
  liveChannel: 'L',
  appendId: 'D',
  gateway: 'W',
} as const;

/** What a row belongs to. */
export type RowFamily = keyof typeof ROW_FAMILIES;

const FAMILY_OF_BYTE: ReadonlyMap<number, RowFamily> = new Map(
  Object.entries(ROW_FAMILIES).map(([family, letter]) => [letter.charCodeAt(0), family as RowFamily]),
);

/** @returns `undefined` for a row that this program does not know. */
export function familyOf(key: Uint8Array): RowFamily | undefined {
  return FAMILY_OF_BYTE.get(key[0] ?? -1);
}
