/** `x-oss-traffic-limit`: speed limit of one request, as a header or as a query parameter. */
import { LIMITS } from '../limits.js';
import { invalidArgument } from './refuse.js';

const NAME = 'x-oss-traffic-limit';

/**
 * Reads the traffic limit of a request.
 * @param header Header value.
 * @param parameter Query parameter value.
 * @returns Bits per second, or `undefined` without one.
 * @throws {OssError} `InvalidArgument` if it is out of range, no number, or given twice.
 */
export function parseTrafficLimit(header: string | undefined, parameter?: string): number | undefined {
  const value = header ?? parameter;
  if (value === undefined) return undefined;
  if (header !== undefined && parameter !== undefined) {
    throw invalidArgument(NAME, value, 'x-oss-traffic-limit must be either a header or a query parameter.');
  }
  const bitsPerSecond = /^\d{1,15}$/.test(value) ? Number(value) : 0;
  if (bitsPerSecond < LIMITS.trafficLimitBitsPerSecondMin || bitsPerSecond > LIMITS.trafficLimitBitsPerSecondMax) {
    throw invalidArgument(
      NAME,
      value,
      'x-oss-traffic-limit is invalid, should be specified between 819200(100KB/s) and 838860800(100MB/s).',
    );
  }
  return bitsPerSecond;
}
