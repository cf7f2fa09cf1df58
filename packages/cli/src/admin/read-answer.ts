/**
 * Reads parts of what a server answered: another program, perhaps of another version, so nothing of it is believed.
 * Leaves out calling it (`admin-client.ts`).
 */
import { z } from 'zod';
import { CommandFailure } from '../command-failure.js';

/** A whole answer, as far as every command looks at it. */
const answerSchema = z.record(z.string(), z.unknown());
/** An answer, as far as commands look at it. */
export type AdminAnswer = Readonly<Record<string, unknown>>;

/** A new pair of keys. */
export const keyPairSchema = z.object({ accessKeyId: z.string(), accessKeySecret: z.string() });

/**
 * Reads an answer.
 * @param text As it came.
 * @returns Undefined: it is no JSON object.
 */
export function readAnswer(text: string): AdminAnswer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return answerSchema.safeParse(value).data;
}

/**
 * Reads a part of an answer.
 * @param name Of the part, for people.
 * @throws {CommandFailure} The part is not what a server of this version answers. Nothing of it is quoted: it may be a
 *   secret.
 */
export function readPart<Value>(part: unknown, name: string, schema: z.ZodType<Value>): Value {
  const { success, data, error } = schema.safeParse(part);
  if (success) return data;
  const [issue] = error.issues;
  const place = [name, ...(issue?.path ?? [])].map(String).join('.');
  throw new CommandFailure(
    `Cannot understand "${place}" of the answer: ${issue?.message ?? 'it has another form'}; is the server of this version?`,
  );
}
