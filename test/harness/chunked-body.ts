/** Takes chunked bodies apart, strictly: for tests that look at the framing itself. */

/** What was found. */
interface ChunkedBody {
  readonly body: string;
  /** What lies behind its end. */
  readonly rest: string;
}

/**
 * @param text One character per byte.
 * @returns Undefined when the body is incomplete.
 * @throws {Error} It is not framed as RFC 9112 says, or has extensions or trailers.
 */
export function readChunkedBody(text: string): ChunkedBody | undefined {
  let body = '';
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = text.slice(at, lineEnd);
    if (!/^[0-9a-f]+$/.test(size)) throw new Error(`Not the length of a chunk: ${JSON.stringify(size.slice(0, 20))}`);
    const length = Number.parseInt(size, 16);
    const end = lineEnd + 2 + length;
    if (text.length < end + 2) return undefined;
    if (text.slice(end, end + 2) !== '\r\n') throw new Error(`A chunk of ${length} bytes has no end`);
    if (length === 0) return { body, rest: text.slice(end + 2) };
    body += text.slice(lineEnd + 2, end);
    at = end + 2;
  }
}
