/** The parameters behind the address of a place for bodies. Leaves out what their values must be. */
import { InvalidBlobLocation } from './invalid-blob-location.js';

/**
 * @param known All that there are.
 * @returns Gives the value of one; `undefined` where it is left out.
 * @throws {InvalidBlobLocation} There is another one, or one twice.
 */
export function readParameters<Name extends string>(
  parameters: URLSearchParams,
  known: readonly Name[],
): (name: Name) => string | undefined {
  const names = [...parameters.keys()];
  const unknown = names.find((name) => !known.some((one) => one === name));
  // Of a name alone: the value may be a key that stands in the wrong place.
  if (unknown !== undefined) {
    throw new InvalidBlobLocation(`expected no parameter "${unknown}", but only ${known.join(', ')}`);
  }
  if (new Set(names).size < names.length) throw new InvalidBlobLocation('expected each parameter once');
  return (name) => parameters.get(name) ?? undefined;
}
