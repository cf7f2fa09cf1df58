/**
 * Times in XML documents: UTC, whole seconds, always ending in `.000Z`, because one official SDK parses nothing else.
 * Leaves out HTTP dates (`http-date.ts`).
 */

const ISO_TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?Z$/;

/**
 * Writes a time for an XML document.
 * @param atMs Milliseconds since 1970; the fraction of a second is dropped.
 * @returns `2018-02-24T09:41:56.000Z`.
 */
export function formatIsoTime(atMs: number): string {
  return new Date(Math.floor(atMs / 1000) * 1000).toISOString();
}

/**
 * Reads an XML time, with or without a fraction of a second.
 * @param text `2018-02-24T09:41:56.000Z`.
 * @returns Milliseconds since 1970, or `undefined` if it is no such time.
 */
export function parseIsoTime(text: string): number | undefined {
  const match = ISO_TIME.exec(text);
  if (!match) return undefined;
  const secondsMs = Date.parse(`${match[1]}.000Z`);
  // The engine rolls 31 February over into March; writing it back shows that.
  if (Number.isNaN(secondsMs) || formatIsoTime(secondsMs).slice(0, 19) !== match[1]) return undefined;
  return secondsMs + Math.floor(Number(`0${match[2] ?? '.0'}`) * 1000);
}
