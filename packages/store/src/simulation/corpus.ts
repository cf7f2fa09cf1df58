/**
 * Seeds that are always run first, whatever else is: each was the first to find a fault, in the store or planted. A
 * seed that fails goes in here, with what it found, in the commit that mends it.
 */
export const CORPUS: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 1, found: 'planted: nearly every fault that needs no failing disk' },
  { seed: 3, found: 'planted: a failed sync of the journal is ignored' },
  { seed: 4, found: 'a check that called damage what a sweep had left half done' },
  { seed: 8, found: 'planted: names of the journal that are not synced, from an empty disk' },
  { seed: 12, found: 'planted: a failed sync of a blob is ignored' },
  { seed: 21, found: 'reported as failing while the simulation was built; it has passed since' },
];
