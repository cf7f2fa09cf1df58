// @ts-check
/** Writes results as tables: steps down, clients across; what failed and what an SDK lacks is spelled out below. */

/**
 * @typedef {import('./report.js').Cell} Cell
 * @typedef {import('../scenario.js').Step} Step
 * @typedef {{ name: string, cells: Map<string, Cell> }} Column
 */

const MARKS = { pass: 'ok', fail: 'FAIL', 'not-in-sdk': '-' };

/**
 * A table for a terminal.
 * @param {readonly Step[]} steps
 * @param {readonly Column[]} columns
 */
export function textMatrix(steps, columns) {
  const rows = [
    ['', ...columns.map(({ name }) => name)],
    ...rowIds(steps, columns).map((id) => [id, ...columns.map(({ cells }) => mark(cells.get(id)))]),
  ];
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0))) ?? [];
  const table = rows.map((row) =>
    row
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const failures = columns.flatMap(({ name, cells }) =>
    [...cells].filter(([, { state }]) => state === 'fail').map(([id, { detail }]) => `FAIL ${name} ${id}: ${detail}`),
  );
  return [...table, ...failures].join('\n');
}

/**
 * The same for a page.
 * @param {readonly Step[]} steps
 * @param {readonly Column[]} columns
 */
export function markdownMatrix(steps, columns) {
  const titles = new Map(steps.map(({ id, title }) => [id, title]));
  const lines = [
    `| Step | ${columns.map(({ name }) => name).join(' | ')} |`,
    `| --- | ${columns.map(() => '---').join(' | ')} |`,
    ...rowIds(steps, columns).map(
      (id) => `| ${titles.get(id) ?? id} | ${columns.map(({ cells }) => mark(cells.get(id))).join(' | ')} |`,
    ),
  ];
  const notes = columns.flatMap(({ name, cells }) => notesOf(name, cells));
  return notes.length === 0 ? lines.join('\n') : [...lines, '', ...notes].join('\n');
}

/**
 * Steps that share a reason share a line.
 * @param {string} name
 * @param {Map<string, Cell>} cells
 */
function notesOf(name, cells) {
  /** @type {Map<string, string[]>} */
  const byReason = new Map();
  for (const [id, { state, detail }] of cells) {
    if (state === 'pass' && !detail.startsWith('note: ')) continue;
    const reason = state === 'fail' ? `**fails**: ${detail}` : detail.replace(/^note: /, '');
    byReason.set(reason, [...(byReason.get(reason) ?? []), id]);
  }
  return [...byReason].map(
    ([reason, ids]) =>
      `- ${name}, ${ids.map((id) => `\`${id}\``).join(', ')}: ${reason.replaceAll('\n', ' ').replaceAll('|', '\\|')}`,
  );
}

/**
 * @param {readonly Step[]} steps
 * @param {readonly Column[]} columns
 */
function rowIds(steps, columns) {
  const ids = new Set(steps.map(({ id }) => id));
  for (const { cells } of columns) for (const id of cells.keys()) ids.add(id);
  return [...ids];
}

/** @param {Cell | undefined} cell */
function mark(cell) {
  return cell === undefined ? '' : MARKS[cell.state];
}
