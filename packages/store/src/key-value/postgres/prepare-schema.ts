/**
 * Makes the tables of a new database, brings those of an older program up to date, and refuses those of a newer one.
 * One process at a time; the others find it done.
 */
import type { DatabaseConnection } from './database-connection.js';
import { LockNumbers } from './lock-number.js';
import { SCHEMA_VERSION, schemaStatements } from './schema-statements.js';

/**
 * @param schema A name that needs no quotes.
 * @param makesTables Whether a schema that has no tables gets them.
 * @throws {RangeError} The schema is of a newer program, its tables are not of this program, or there are none.
 * @throws {Error} The database refuses, for example to make a schema.
 */
export async function prepareSchema(
  connection: DatabaseConnection,
  schema: string,
  makesTables: boolean,
): Promise<void> {
  const version = await readVersion(connection, schema);
  if (version === SCHEMA_VERSION) return;
  if (version === 0 && !makesTables) throw new RangeError(`Cannot use schema "${schema}": there are no tables in it`);
  const lock = String(new LockNumbers(schema).ofWork('prepare'));
  // Of the session, before the transaction: within one, the server may not see that another has just made the tables.
  await connection.run({ text: 'SELECT pg_advisory_lock($1::bigint)', values: [lock] });
  try {
    await connection.run({ text: 'BEGIN', values: [] });
    await bringUpToDate(connection, schema, await readVersion(connection, schema));
    await connection.run({ text: 'COMMIT', values: [] });
  } catch (error) {
    if (!connection.isLost) await connection.run({ text: 'ROLLBACK', values: [] });
    throw error;
  } finally {
    if (!connection.isLost) await connection.run({ text: 'SELECT pg_advisory_unlock($1::bigint)', values: [lock] });
  }
}

async function bringUpToDate(connection: DatabaseConnection, schema: string, version: number): Promise<void> {
  if (version > SCHEMA_VERSION) {
    throw new RangeError(
      `Cannot use schema "${schema}": its tables have version ${version}, and this program knows ${SCHEMA_VERSION}`,
    );
  }
  if (version === SCHEMA_VERSION) return;
  // Only when it is missing: who may use a schema need not be allowed to make one.
  const [existing] = await connection.run({ text: 'SELECT to_regnamespace($1)', values: [schema] });
  if (existing?.[0] === null) await connection.run({ text: `CREATE SCHEMA ${schema}`, values: [] });
  for (const text of schemaStatements(schema)) await connection.run({ text, values: [] });
}

/** @returns The version of the tables, or 0 when there are none. */
async function readVersion(connection: DatabaseConnection, schema: string): Promise<number> {
  const [found] = await connection.run({ text: 'SELECT to_regclass($1)', values: [`${schema}.format`] });
  if (found?.[0] === null) return 0;
  const [row] = await connection.run({ text: `SELECT version FROM ${schema}.format`, values: [] });
  const version = Number(row?.[0]);
  if (!Number.isInteger(version)) {
    throw new RangeError(`Cannot use schema "${schema}": its table "format" has no version`);
  }
  return version;
}
