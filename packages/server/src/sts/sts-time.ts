/** Times in answers of STS: UTC, whole seconds, no fraction. */

/** @returns `2015-04-09T11:52:19Z`. */
export function formatStsTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
