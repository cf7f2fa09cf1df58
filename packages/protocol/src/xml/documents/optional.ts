/**
 * Optional properties for documents, where a missing element means a missing property and not one that is `undefined`.
 */

/** An object's properties without `undefined` in their types. */
export type Defined<Properties> = {
  [Name in keyof Properties as undefined extends Properties[Name] ? never : Name]: Properties[Name];
} & {
  [Name in keyof Properties as undefined extends Properties[Name] ? Name : never]?: Exclude<
    Properties[Name],
    undefined
  >;
};

/**
 * Drops the properties that are `undefined`.
 * @param properties Any plain object.
 * @returns A copy without them.
 */
export function defined<Properties extends Readonly<Record<string, unknown>>>(
  properties: Properties,
): Defined<Properties> {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  // Object.fromEntries forgets the names; the filter above is what the type says.
  return Object.fromEntries(entries) as Defined<Properties>;
}
