/**
 * Reads JSON that a client or another program wrote and that decides something: a member that is given twice is
 * refused, because two readers of it would believe different halves. The structure is the engine's to check; what it
 * has accepted is walked once more for names. Not for rows of the store.
 */

/** Why a text was refused. */
export class JsonRefused extends Error {
  /** The text is JSON, and an object in it has a member twice. */
  readonly isMemberTwice: boolean;

  constructor(message: string, isMemberTwice: boolean, options?: ErrorOptions) {
    super(message, options);
    this.name = 'JsonRefused';
    this.isMemberTwice = isMemberTwice;
  }
}

/**
 * In a valid text: what opens and closes, and strings with what may follow a name. Everything else is of no interest.
 */
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/gs;

/**
 * Reads a text.
 * @throws {JsonRefused} It is not JSON, or an object in it, at whatever depth, has a member twice.
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new JsonRefused('it is not JSON', false, { cause });
  }
  const twice = memberGivenTwice(text);
  if (twice !== undefined)
    throw new JsonRefused(`the member ${JSON.stringify(twice.slice(0, 64))} is given twice`, true);
  return value;
}

function memberGivenTwice(text: string): string | undefined {
  /** Names of the objects around, the innermost last; lists have none. */
  const open: (Set<string> | undefined)[] = [];
  for (const [token, string, colon] of text.matchAll(TOKEN)) {
    if (string === undefined) {
      if (token === '{') open.push(new Set());
      else if (token === '[') open.push(undefined);
      else open.pop();
    } else if (colon !== undefined) {
      const name = String(JSON.parse(string));
      const names = open.at(-1);
      if (names?.has(name) === true) return name;
      names?.add(name);
    }
  }
  return undefined;
}
