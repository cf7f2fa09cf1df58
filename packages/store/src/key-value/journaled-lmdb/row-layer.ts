/** Rows that the journal holds and the tree may not have yet: those of a batch, of a generation. */
import type { RowChange } from './journal/journal-format.js';

/** Rows by key text. `lengthBytes` counts all that was ever put into it, also what was put over. */
export class RowLayer {
  readonly rows = new Map<string, RowChange>();
  lengthBytes = 0;

  set(text: string, change: RowChange): void {
    this.rows.set(text, change);
    this.lengthBytes += change.key.length + (change.storedValue?.length ?? 0);
  }

  addAll(other: RowLayer): void {
    for (const [text, change] of other.rows) this.rows.set(text, change);
    this.lengthBytes += other.lengthBytes;
  }
}
