/** A row as a tree file holds it. Nobody ever writes into its bytes. */
export interface TreeRow {
  readonly key: Uint8Array;
  readonly version: number;
  readonly value: Uint8Array;
}
