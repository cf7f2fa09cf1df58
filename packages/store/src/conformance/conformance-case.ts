/**
 * What a conformance suite is made of. Knows no test runner: a runner gives each case a fresh context and lets it run.
 */

export interface ConformanceCase<Context> {
  /** A claim: what holds when the case passes. */
  readonly name: string;
  /** The case closes the store and opens it again: only for engines that keep anything. */
  readonly needsReopen?: boolean;
  /** @throws {AssertionError} The claim does not hold. */
  run(context: Context): Promise<void>;
}
