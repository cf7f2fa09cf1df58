/**
 * The policy of a form upload as data: until when and under which conditions its signer lets others upload with the
 * signer's rights. Leaves out reading it (`parse-post-policy.ts`) and holding a form against it
 * (`check-post-policy.ts`).
 */

/** One condition. Names of fields are in lower case and without `$`. */
export type PostPolicyCondition =
  | { readonly kind: 'eq' | 'starts-with'; readonly field: string; readonly value: string }
  | { readonly kind: 'in' | 'not-in'; readonly field: string; readonly values: readonly string[] }
  | { readonly kind: 'content-length-range'; readonly lengthBytesMin: number; readonly lengthBytesMax: number };

/** A policy that was read. */
export interface PostPolicy {
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** All must hold; at least one. */
  readonly conditions: readonly PostPolicyCondition[];
}

/** Lengths a file may have. */
export interface LengthRange {
  /** Bytes, inclusive. */
  readonly lengthBytesMin: number;
  /** Bytes, inclusive. */
  readonly lengthBytesMax: number;
}

/** Writes a condition as policies and error messages do: `["eq", "$key", "logs/a"]`. */
export function formatCondition(condition: PostPolicyCondition): string {
  switch (condition.kind) {
    case 'eq':
    case 'starts-with':
      return `["${condition.kind}", ${quote(`$${condition.field}`)}, ${quote(condition.value)}]`;
    case 'in':
    case 'not-in':
      return `["${condition.kind}", ${quote(`$${condition.field}`)}, [${condition.values.map(quote).join(', ')}]]`;
    case 'content-length-range':
      return `["content-length-range", ${condition.lengthBytesMin}, ${condition.lengthBytesMax}]`;
  }
}

/**
 * Gives the lengths that all `content-length-range` conditions allow together.
 * @returns `undefined` without such a condition. A minimum above the maximum allows no file at all.
 */
export function lengthRangeOf({ conditions }: PostPolicy): LengthRange | undefined {
  let range: LengthRange | undefined;
  for (const condition of conditions) {
    if (condition.kind !== 'content-length-range') continue;
    range = {
      lengthBytesMin: Math.max(range?.lengthBytesMin ?? 0, condition.lengthBytesMin),
      lengthBytesMax: Math.min(range?.lengthBytesMax ?? Number.MAX_SAFE_INTEGER, condition.lengthBytesMax),
    };
  }
  return range;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
