/** Sends what a browser would: unsigned, to any path, under any name. Leaves out signatures (`sign-request.ts`). */
import { request as openRequest } from 'node:http';
import { headOf, type RawAnswer, readBody } from '../harness/http-exchange.js';

/**
 * Sends an unsigned request without a body.
 * @param host Address and port to connect to.
 * @param path As it is to stand in the request line.
 * @param headers May name another host.
 */
export function visitHost(
  host: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  const port = Number(host.split(':')[1]);
  return new Promise((resolve, reject) => {
    const outgoing = openRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (incoming) => {
      readBody(incoming).then((body) => resolve({ ...headOf(incoming), body }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
