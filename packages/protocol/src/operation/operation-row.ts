/** What a request for one operation looks like. Leaves out the rows themselves (`operation-table.ts`). */
import type { Scope } from '../request-target.js';

/** HTTP methods the protocol uses. */
export type HttpMethod = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'OPTIONS';

/** How a request for one operation looks, and what it takes. */
export interface OperationRow {
  readonly methods: readonly HttpMethod[];
  /** `any`: a preflight, which may ask about every resource. */
  readonly scope: Scope | 'any';
  /**
   * Sub-resource keys that must all be in the query. Each names an operation: no row without it serves a request that
   * has it.
   */
  readonly query: readonly string[];
  /** Parameters that must be there with one of these values; they tell operations with the same sub-resources apart. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** Keys that name an operation elsewhere and are a plain parameter here. */
  readonly parameters?: readonly string[];
  /** Request header, in lower case, that must be there. */
  readonly header?: string;
  /** Only this server has it: its sub-resource is refused wherever it does not belong. */
  readonly isExtension?: true;
  /** A listing whose prefix and delimiter policies can ask about. */
  readonly hasPrefix?: true;
  /** Permission it takes. */
  readonly action: `oss:${string}`;
  /** Permission it takes instead when `versionId` is in the query. */
  readonly versionAction?: `oss:${string}`;
}
