/** The query of a listing: what is not asked for is left out. */
import type { QueryParameter } from '@annals/protocol';

/** Rows of one page when the caller does not say: the most a server gives. */
export const ROWS_PER_PAGE = 1000;

/** Drops parameters without a value. */
export function presentParameters(parameters: Readonly<Record<string, string | undefined>>): QueryParameter[] {
  return Object.entries(parameters).flatMap(([name, value]): QueryParameter[] =>
    value === undefined || value === '' ? [] : [[name, value]],
  );
}
