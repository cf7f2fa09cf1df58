/**
 * Where blobs lie when that is outside of the store's own folder, and can therefore be the wrong place, or that of
 * another store. Leaves out the blobs (`blob-store.ts`).
 */

/** A place that bears the mark of one store. */
export interface BlobPlace {
  /** For people, without secrets; also what the store remembers of it. */
  readonly name: string;
  /**
   * @returns The id of the store whose blobs lie there; `undefined`: of none.
   * @throws {EngineFailure} `unavailable`; `corrupt`: there is a mark that this program does not know.
   */
  readStoreId(): Promise<string | undefined>;
  /**
   * Marks a place that bears no mark. Of two that try at once, one succeeds. @returns The id that is there now.
   * @throws {EngineFailure} `unavailable`; `corrupt`: there is no mark, but there are blobs.
   */
  claim(storeId: string): Promise<string>;
}
