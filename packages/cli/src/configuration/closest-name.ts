/** Finds what a mistyped name was meant to be. */
import leven from 'leven';

/**
 * @param name What was written.
 * @param candidates What could have been meant.
 * @returns The nearest candidate when at most a third of its letters differ (and never more than 3), otherwise
 * `undefined`.
 */
export function closestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = leven(name.toLowerCase(), candidate.toLowerCase());
    const tolerated = Math.min(3, Math.ceil(candidate.length / 3));
    if (distance <= tolerated && (best === undefined || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate;
}
