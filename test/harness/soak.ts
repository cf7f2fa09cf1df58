/**
 * Which tests run at their full length: those that `ANNALS_SOAK` names, or all of them (`npm run soak`). Without it
 * the short forms of CI run.
 */
const wanted = process.env.ANNALS_SOAK;

/** @param name What `ANNALS_SOAK` says to run this one alone. */
export function isSoaked(name: string): boolean {
  return wanted === name || wanted === 'all';
}
