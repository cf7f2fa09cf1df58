/** For models of the store: what is refused as the model says goes on. */
import { StoreFailure, type StoreFailureKind } from './store-failure.js';

/**
 * Waits for an outcome. @returns Undefined when it was refused so.
 * @throws Whatever else it fails with.
 */
export async function orRefused<Result>(promise: Promise<Result>, kind: StoreFailureKind): Promise<Result | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof StoreFailure && error.reason.kind === kind) return undefined;
    throw error;
  }
}
