/**
 * The body of an answer with several ranges (RFC 9110 section 14.6), with its exact length known before a byte is read.
 */
import { type ByteRange, formatContentRange } from '@annals/protocol';

/** A framed body. */
export interface MultipartByteranges {
  readonly contentType: string;
  /** Length of the whole body in bytes, frames included. */
  readonly length: number;
  readonly stream: AsyncIterable<Uint8Array>;
}

/**
 * Frames several ranges of one object.
 * @param ranges Ranges in the order asked for; they may overlap.
 * @param partContentType Content type of the object.
 * @param lengthBytes Length of the object.
 * @param boundary Text that does not occur in the object; a unique id is near enough, since parts also carry their
 * lengths.
 * @param read Opens one range.
 */
export function multipartByteranges(
  ranges: readonly ByteRange[],
  partContentType: string,
  lengthBytes: number,
  boundary: string,
  read: (range: ByteRange) => AsyncIterable<Uint8Array>,
): MultipartByteranges {
  const heads = ranges.map((range) =>
    utf8(
      `\r\n--${boundary}\r\nContent-Type: ${partContentType}\r\nContent-Range: ${formatContentRange(range, lengthBytes)}\r\n\r\n`,
    ),
  );
  const end = utf8(`\r\n--${boundary}--\r\n`);
  const framesLength = heads.reduce((sum, head) => sum + head.length, end.length);
  return {
    contentType: `multipart/byteranges; boundary=${boundary}`,
    length: ranges.reduce((sum, range) => sum + range.end - range.start, framesLength),
    stream: (async function* () {
      for (const [index, range] of ranges.entries()) {
        let head = heads[index];
        for await (const chunk of read(range)) {
          // Not before there is something behind it: what cannot be read must show before the answer begins.
          if (head !== undefined) yield head;
          head = undefined;
          yield chunk;
        }
      }
      yield end;
    })(),
  };
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
