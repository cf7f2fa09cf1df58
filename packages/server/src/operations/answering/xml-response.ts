/** An answer that is an XML document. */
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
