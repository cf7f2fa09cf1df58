/**
 * The tables and functions of the engine, as statements that make them in an empty schema. What they are for is
 * described in `docs/decisions/0007-metadata-in-postgresql.md`. The functions have a version in their names: a newer
 * gateway makes its own beside them while older ones go on. Leaves out when they are run (`prepare-schema.ts`).
 */

/** The newest form of the schema that this program knows. */
export const SCHEMA_VERSION = 1;

/** In the array of outcomes: a check failed. Greater numbers are versions. */
export const OUTCOME_NOT_COMMITTED = 0;
/** In the array of outcomes: a sum met a value that is no counter. */
export const OUTCOME_NO_COUNTER = -1;
/** In the array of outcomes: nothing was done, and this commit needs exclusive locks. */
export const OUTCOME_NEEDS_EXCLUSIVE = -2;

/** SQLSTATE of a transaction whose mark is older than the marks that are kept. */
export const MARK_TOO_OLD = 'AN001';

/** @param schema A name that needs no quotes. @returns Statements for a schema that is there and empty. */
export function schemaStatements(schema: string): readonly string[] {
  return [
    tables(schema),
    counterFunctions(schema),
    foldFunction(schema),
    commitFunction(schema),
    markFunctions(schema),
  ];
}

function tables(schema: string): string {
  return `
CREATE TABLE ${schema}.rows (key bytea PRIMARY KEY, value bytea NOT NULL, version bigint NOT NULL)
  WITH (fillfactor = 85);
ALTER TABLE ${schema}.rows ALTER COLUMN value SET STORAGE EXTERNAL;
CREATE TABLE ${schema}.deltas (key bytea, version bigint, delta bigint NOT NULL, xid xid8 NOT NULL,
  seen pg_snapshot NOT NULL, PRIMARY KEY (key, version))
  WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE TABLE ${schema}.marks (id uuid PRIMARY KEY, outcomes bigint[] NOT NULL)
  WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);
CREATE SEQUENCE ${schema}.versions AS bigint CACHE 1;
CREATE TABLE ${schema}.format (version int NOT NULL, forgotten_before uuid NOT NULL);
INSERT INTO ${schema}.format VALUES (${SCHEMA_VERSION}, '00000000-0000-0000-0000-000000000000');`;
}

/** Between the stored form of a counter (64 bits, least byte first) and a number, wrapping around. */
function counterFunctions(schema: string): string {
  const reversed = Array.from({ length: 8 }, (_, index) => `substring(bytes FROM ${8 - index} FOR 1)`).join(' || ');
  return `
CREATE FUNCTION ${schema}.reverse_v1(bytes bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT ${reversed} $$;
CREATE FUNCTION ${schema}.wrap_v1(total numeric) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT ((((total + 9223372036854775808) % 18446744073709551616) + 18446744073709551616) % 18446744073709551616
    - 9223372036854775808)::bigint $$;
CREATE FUNCTION ${schema}.counter_v1(bytes bytea) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT ('x' || encode(${schema}.reverse_v1(bytes), 'hex'))::bit(64)::bigint $$;`;
}

/**
 * Adds the deltas of a counter to its row. All that it sees: a part of them could hide that a version is not to be
 * trusted. The caller holds a lock of the key.
 */
function foldFunction(schema: string): string {
  return `
CREATE FUNCTION ${schema}.fold_v1(counter bytea) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  base record;
  folded record;
BEGIN
  SELECT r.value, r.version INTO base FROM ${schema}.rows r WHERE r.key = counter FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN RETURN 0; END IF;
  WITH gone AS (
    DELETE FROM ${schema}.deltas d WHERE d.key = counter RETURNING d.version, d.delta, d.xid, d.seen
  ), newest AS (
    SELECT g.version, g.xid, g.seen FROM gone g ORDER BY g.version DESC LIMIT 1
  )
  SELECT count(*) AS count, sum(g.delta) AS delta, max(g.version) AS version,
      bool_and(g.version >= base.version AND (g.xid = n.xid OR pg_visible_in_snapshot(g.xid, n.seen))) AS is_certain
    INTO folded FROM gone g CROSS JOIN newest n;
  IF folded.count > 0 THEN
    UPDATE ${schema}.rows r SET
      value = ${schema}.reverse_v1(int8send(${schema}.wrap_v1(${schema}.counter_v1(base.value) + folded.delta))),
      version = CASE WHEN folded.is_certain THEN folded.version ELSE nextval('${schema}.versions') END
      WHERE r.key = counter;
  END IF;
  RETURN folded.count;
END $$;
CREATE FUNCTION ${schema}.fold_all_v1(keys bytea[], lock_ids bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  count bigint := 0;
BEGIN
  LOCK TABLE ${schema}.rows IN ROW SHARE MODE;
  FOR i IN 1..cardinality(keys) LOOP
    IF pg_try_advisory_xact_lock_shared(lock_ids[i]) THEN count := count + ${schema}.fold_v1(keys[i]); END IF;
  END LOOP;
  RETURN count;
END $$;`;
}

/** Decides and makes the commits of a transaction; see the page for its order. */
function commitFunction(schema: string): string {
  return `
CREATE FUNCTION ${schema}.commit_v1(mark uuid, is_wide boolean, lock_ids bigint[], lock_exclusive boolean[],
  round_of int[],
  check_commit int[], check_key bytea[], check_version bigint[], check_shared boolean[],
  put_commit int[], put_key bytea[], put_value bytea[], delete_commit int[], delete_key bytea[],
  sum_commit int[], sum_key bytea[], sum_delta bigint[], sum_shared boolean[]
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  outcomes bigint[];
  failed int[];
  no_counter int[];
  unsettled bytea[];
  round_count int;
  is_changed boolean := false;
BEGIN
  IF is_wide THEN
    LOCK TABLE ${schema}.rows IN EXCLUSIVE MODE;
  ELSE
    LOCK TABLE ${schema}.rows IN ROW SHARE MODE;
    PERFORM CASE WHEN l.exclusive THEN pg_advisory_xact_lock(l.id) ELSE pg_advisory_xact_lock_shared(l.id) END
      FROM unnest(lock_ids, lock_exclusive) AS l(id, exclusive);
  END IF;
  ${escalation(schema)}
  outcomes := array_fill(${OUTCOME_NOT_COMMITTED}::bigint, ARRAY[cardinality(round_of)]);
  round_count := (SELECT max(r) FROM unnest(round_of) r);
  FOR round IN 1..round_count LOOP
    failed := NULL;
    no_counter := NULL;
    ${decision(schema)}
    FOR i IN 1..cardinality(round_of) LOOP
      CONTINUE WHEN round_of[i] <> round OR i = ANY(failed);
      IF i = ANY(no_counter) THEN outcomes[i] := ${OUTCOME_NO_COUNTER};
      ELSE outcomes[i] := nextval('${schema}.versions'); is_changed := true;
      END IF;
    END LOOP;
    ${writes(schema)}
  END LOOP;
  IF is_changed AND cardinality(put_commit) + cardinality(delete_commit) + cardinality(sum_commit) > 0 THEN
    INSERT INTO ${schema}.marks VALUES (mark, outcomes);
    -- After the insert: it may have waited for the removal of a mark with this id.
    PERFORM FROM ${schema}.format f WHERE f.forgotten_before <= mark;
    IF NOT FOUND THEN RAISE EXCEPTION 'the mark % is too old', mark USING ERRCODE = '${MARK_TOO_OLD}'; END IF;
  END IF;
  RETURN outcomes;
END $$;`;
}

/** What a shared lock does not cover: the first sum of a key, and the check of a counter. */
function escalation(schema: string): string {
  return `
  IF true = ANY(sum_shared) OR true = ANY(check_shared) THEN
    SELECT array_agg(DISTINCT needing.commit) INTO failed FROM (
      SELECT s.commit FROM unnest(sum_commit, sum_key, sum_shared) AS s(commit, key, shared)
        LEFT JOIN ${schema}.rows r ON r.key = s.key WHERE s.shared AND r.key IS NULL
      UNION ALL
      SELECT c.commit FROM unnest(check_commit, check_key, check_version, check_shared) AS c(commit, key, version, shared)
        JOIN ${schema}.rows r ON r.key = c.key WHERE c.shared AND c.version <> 0 AND octet_length(r.value) = 8
    ) AS needing;
    IF failed IS NOT NULL THEN
      outcomes := array_fill(${OUTCOME_NOT_COMMITTED}::bigint, ARRAY[cardinality(round_of)]);
      FOR i IN 1..cardinality(failed) LOOP outcomes[failed[i]] := ${OUTCOME_NEEDS_EXCLUSIVE}; END LOOP;
      RETURN outcomes;
    END IF;
  END IF;`;
}

/** Which commits of the round fail. The version of a counter counts only when it has no deltas. */
function decision(schema: string): string {
  return `
    IF cardinality(check_commit) > 0 THEN
      LOOP
        SELECT array_agg(DISTINCT c.commit) FILTER (WHERE coalesce(r.version, 0) <> c.version),
            array_agg(DISTINCT c.key) FILTER (WHERE octet_length(r.value) = 8 AND c.version <> 0
              AND EXISTS (SELECT FROM ${schema}.deltas d WHERE d.key = c.key))
          INTO failed, unsettled
          FROM unnest(check_commit, check_key, check_version) AS c(commit, key, version)
          LEFT JOIN ${schema}.rows r ON r.key = c.key
          WHERE round_of[c.commit] = round;
        EXIT WHEN unsettled IS NULL;
        PERFORM ${schema}.fold_v1(u) FROM unnest(unsettled) AS u;
      END LOOP;
    END IF;
    IF cardinality(sum_commit) > 0 THEN
      SELECT array_agg(DISTINCT s.commit) INTO no_counter
        FROM unnest(sum_commit, sum_key) AS s(commit, key) JOIN ${schema}.rows r ON r.key = s.key
        WHERE round_of[s.commit] = round AND octet_length(r.value) <> 8;
    END IF;`;
}

/** What the commits of the round that hold write. */
function writes(schema: string): string {
  const holds = (alias: string) => `round_of[${alias}.commit] = round AND outcomes[${alias}.commit] > 0`;
  const endOfCounters = (kind: string) => `
      DELETE FROM ${schema}.deltas d USING unnest(${kind}_commit, ${kind}_key) AS w(commit, key), ${schema}.rows r
        WHERE ${holds('w')} AND r.key = w.key AND octet_length(r.value) = 8 AND d.key = r.key;`;
  return `
    IF cardinality(put_commit) > 0 THEN
      ${endOfCounters('put')}
      INSERT INTO ${schema}.rows AS r (key, value, version)
        SELECT p.key, p.value, outcomes[p.commit]
        FROM unnest(put_commit, put_key, put_value) AS p(commit, key, value) WHERE ${holds('p')}
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version;
    END IF;
    IF cardinality(delete_commit) > 0 THEN
      ${endOfCounters('delete')}
      DELETE FROM ${schema}.rows r USING unnest(delete_commit, delete_key) AS w(commit, key)
        WHERE ${holds('w')} AND r.key = w.key;
    END IF;
    IF cardinality(sum_commit) > 0 THEN
      IF false = ANY(sum_shared) THEN
        INSERT INTO ${schema}.rows (key, value, version)
          SELECT s.key, '\\x0000000000000000', max(outcomes[s.commit])
          FROM unnest(sum_commit, sum_key, sum_shared) AS s(commit, key, shared) WHERE NOT s.shared AND ${holds('s')}
          GROUP BY s.key ON CONFLICT (key) DO NOTHING;
      END IF;
      INSERT INTO ${schema}.deltas (key, version, delta, xid, seen)
        SELECT s.key, max(outcomes[s.commit]), ${schema}.wrap_v1(sum(s.delta)), pg_current_xact_id(),
          pg_current_snapshot()
        FROM unnest(sum_commit, sum_key, sum_delta) AS s(commit, key, delta) WHERE ${holds('s')} GROUP BY s.key;
    END IF;`;
}

/**
 * Of marks: `resolve` finds out what became of a transaction, and prevents it when it was not made (an empty array;
 * null when that can no longer be known). It writes in every case, so it waits for whatever makes a commit durable.
 * `forget` removes old marks.
 */
function markFunctions(schema: string): string {
  return `
CREATE FUNCTION ${schema}.resolve_v1(mark uuid) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  found_outcomes bigint[];
BEGIN
  INSERT INTO ${schema}.marks AS m VALUES (mark, '{}')
    ON CONFLICT (id) DO UPDATE SET outcomes = m.outcomes RETURNING m.outcomes INTO found_outcomes;
  PERFORM FROM ${schema}.format f WHERE f.forgotten_before <= mark;
  IF NOT FOUND AND found_outcomes = '{}' THEN RETURN NULL; END IF;
  RETURN found_outcomes;
END $$;
CREATE FUNCTION ${schema}.forget_v1(boundary uuid, count_max int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  count bigint;
BEGIN
  UPDATE ${schema}.format SET forgotten_before = greatest(forgotten_before, boundary);
  WITH gone AS (
    DELETE FROM ${schema}.marks WHERE id IN (
      SELECT m.id FROM ${schema}.marks m WHERE m.id < boundary ORDER BY m.id LIMIT count_max FOR UPDATE SKIP LOCKED
    ) RETURNING id
  ) SELECT count(*) INTO count FROM gone;
  RETURN count;
END $$;`;
}
