/** An answer that is an XML document. */
import type { XmlPieces } from '@annals/protocol';
import { heavyTurn } from '../../limits/heavy-turn.js';
import type { OperationResponse } from '../../response.js';

/**
 * Makes a 200 with an XML document.
 * @param document From one of protocol's document writers.
 * @param headers Further headers.
 */
export function xmlResponse(document: string, headers: Readonly<Record<string, string>> = {}): OperationResponse {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/xml', ...headers },
    body: new TextEncoder().encode(document),
  };
}

/**
 * Makes a 200 with an XML document of up to a thousand entries; each of its pieces is written in a turn of its own.
 * @param document From one of protocol's document writers.
 */
export async function longXmlResponse(document: XmlPieces): Promise<OperationResponse> {
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [];
  let isWhole = false;
  while (!isWhole) {
    await heavyTurn();
    const { value, done } = document.next();
    pieces.push(encoder.encode(value));
    isWhole = done === true;
  }
  return { status: 200, headers: { 'Content-Type': 'application/xml' }, body: Buffer.concat(pieces) };
}
