/** Times as commands print them. */

/** Writes milliseconds since 1970 as `2026-01-31T12:00:00Z`. */
export function formatTime(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.[0-9]{3}Z$/, 'Z');
}
