/**
 * What settings can be: sizes, durations, lists, names and addresses, each with the message for what is not one. Leaves
 * out which settings there are (`schema.ts`).
 */
import { isIP } from 'node:net';
import { isBucketName } from '@annals/protocol';
import { z } from 'zod';
import { DURATION_FORM, parseDuration, parseSize, SIZE_FORM } from './quantities.js';

/** Timers of Node hold 31 bits. */
const DURATION_MS_MAX = 2 ** 31 - 1;

/** Whether something may be done. */
export const permission = z.enum(['deny', 'allow'], { error: 'expected "deny" or "allow"' });

/**
 * A length in bytes with a default.
 * @param defaultText As it would be written in a file.
 * @param minimum In bytes.
 */
export function size(defaultText: string, meaning: string, minimum = 0) {
  return quantity(parseSize, SIZE_FORM, { minimum, maximum: Number.MAX_SAFE_INTEGER })
    .prefault(defaultText)
    .describe(meaning);
}

/**
 * A length in bytes that may be left out.
 * @param minimum In bytes.
 */
export function optionalSize(meaning: string, minimum = 0) {
  return quantity(parseSize, SIZE_FORM, { minimum, maximum: Number.MAX_SAFE_INTEGER }).optional().describe(meaning);
}

/**
 * A time with a default.
 * @param defaultText As it would be written in a file.
 * @param minimum In milliseconds.
 */
export function duration(defaultText: string, meaning: string, minimum = 0) {
  return quantity(parseDuration, DURATION_FORM, { minimum, maximum: DURATION_MS_MAX })
    .prefault(defaultText)
    .describe(meaning);
}

function quantity(
  parse: (value: unknown) => number | undefined,
  form: string,
  bounds: { readonly minimum: number; readonly maximum: number },
) {
  return z.union([z.number(), z.string()], { error: `expected ${form}` }).transform((value, context) => {
    const parsed = parse(value);
    if (parsed !== undefined && parsed >= bounds.minimum && parsed <= bounds.maximum) return parsed;
    const reach = parsed === undefined ? '' : ` from ${bounds.minimum} to ${bounds.maximum}`;
    context.addIssue({ code: 'custom', message: `expected ${form}${reach}`, input: value });
    return z.NEVER;
  });
}

/** A whole number. */
export function count(minimum: number) {
  const error = `expected a whole number of ${minimum} or more`;
  return z.number({ error }).refine((value) => Number.isSafeInteger(value) && value >= minimum, { error });
}

const WORKERS_EXPECTED = 'expected a whole number from 1 to 64';

/** Processes that answer requests. */
export const workerCount = z
  .preprocess(
    (value) => (typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value),
    z
      .number({ error: WORKERS_EXPECTED })
      .refine((value) => Number.isInteger(value) && value >= 1 && value <= 64, { error: WORKERS_EXPECTED }),
  )
  .optional()
  .describe(
    'Processes that answer requests. With 1 the process that keeps the store answers them itself; with more it keeps the store for them, and they share the connections. Without it the server chooses: half as many as it has cores from 4 cores on, otherwise 1.',
  );

/** One text or several; what a repeatable flag and a YAML list have in common. */
export function list(item: z.ZodString, meaning: string) {
  return z
    .preprocess(
      (value) => (typeof value === 'string' ? [value] : value),
      z.array(item, { error: 'expected a list of names' }),
    )
    .prefault([])
    .describe(meaning);
}

/** Settings below one name; others are refused. */
export function group<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'invalid_type' ? 'expected settings by name' : undefined),
  });
}

/** A port, also as the text of a flag. */
export const portNumber = z.preprocess(
  (value) => (typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value),
  z
    .number({ error: 'expected a whole number from 0 to 65535' })
    .refine((port) => Number.isInteger(port) && port >= 0 && port <= 65_535, {
      error: 'expected a whole number from 0 to 65535',
    }),
);

/** A domain in lower case. */
export const domainName = z
  .string({ error: 'expected a domain name' })
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, {
    error: 'expected a domain name in lower case, without scheme and port, such as oss.example.com',
  });

/** A name that a bucket may have. */
export const bucketName = z
  .string({ error: 'expected a bucket name' })
  .refine(isBucketName, { error: 'expected 3 to 63 of a-z, 0-9 and "-", not at either end' });

/** A domain and the bucket that it leads to. */
export const cnameRecord = z
  .string({ error: 'expected DOMAIN=BUCKET' })
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+=[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, {
    error: 'expected DOMAIN=BUCKET in lower case, such as static.example.com=assets',
  });

/** Where callbacks may go. */
export const callbackTarget = z
  .string({ error: 'expected a host or an address' })
  .refine(isTargetPattern, { error: 'expected a host name, *.DOMAIN, an IP address or a range such as 10.0.0.0/8' });

/** A listener that proxies speak to. */
export const proxyListener = z
  .string({ error: 'expected http or tls' })
  .refine((name) => name === 'http' || name === 'tls', { error: 'expected http or tls' });

/** Addresses of the proxies whose headers the server believes. */
export const proxyAddress = z
  .string({ error: 'expected an IP address or a range' })
  .refine(isAddressOrRange, { error: 'expected an IP address or a range such as 10.0.0.0/8' });

/** As the server's own check of callback targets has it; repeated here because the server is loaded by `serve` only. */
function isTargetPattern(text: string): boolean {
  if (isIP(text.split('/')[0] ?? '') !== 0) return isAddressOrRange(text);
  return /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i.test(text);
}

function isAddressOrRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  return (
    family !== 0 &&
    more.length === 0 &&
    (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128)))
  );
}
