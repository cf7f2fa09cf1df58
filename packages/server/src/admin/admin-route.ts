/**
 * What one route of the admin API is, and what routes have in common. Leaves out which there are (`admin-routes.ts`).
 */
import type { AdminSubjects } from './admin-subjects.js';
import type { AdminValues } from './admin-values.js';

/** Parts of the path by name. */
export type AdminParameters = Readonly<Record<string, string>>;

/** An answer that is not JSON. */
export class AdminBytes {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** One request of the API. */
export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path behind `/-/admin/`; `:name` stands for any one segment. */
  readonly path: string;
  readonly action: `ram:${string}`;
  /** What the right is about: a resource name without `acs:ram::uid:`. Parameters in braces. */
  readonly resource: string;
  /** Reads all values before it changes anything. @returns What is answered. */
  run(subjects: AdminSubjects, parameters: AdminParameters, values: AdminValues): Promise<object>;
  /** No policy can give it: a caller that has it could become the root. */
  readonly isForRootOnly?: true;
}

/** A parameter of the route's own path, by the name it has there. */
export function named(parameters: AdminParameters, name: string): string {
  return parameters[name] ?? '';
}

/** The answer of a change that has nothing to say, once the change is made. */
export async function nothing(change: Promise<unknown>): Promise<object> {
  await change;
  return {};
}
