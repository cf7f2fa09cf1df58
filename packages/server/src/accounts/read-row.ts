/** What reading a list of rows gives where a damaged one must not hide the others. */
import type { EngineFailure } from '@annals/store';

/** A row of a list, or why it cannot be read. */
export type ReadRow<Row> = { readonly name: string } & ({ readonly row: Row } | { readonly damage: EngineFailure });
