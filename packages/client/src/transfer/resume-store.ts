/** Where a transfer notes how far it is, so that the next process goes on. `node/resume-file.ts` is one on disk. */

/**
 * Keeps one text for one transfer. A text that was lost or is not understood only costs what was transferred; nothing
 * is taken from it without being checked.
 */
export interface ResumeStore {
  /** @returns What was written last; `undefined` when there is nothing. */
  read(): Promise<string | undefined>;
  /** Replaces the text whole or not at all. */
  write(text: string): Promise<void>;
  /** Removes the text; nothing is no error. */
  remove(): Promise<void>;
}
