// @ts-check
/**
 * Reads what a program printed and compares it with the list of steps: nothing unknown, nothing left out, nothing
 * twice.
 */

/**
 * @typedef {import('../scenario.js').Step} Step
 * @typedef {'pass' | 'fail' | 'not-in-sdk'} State
 * @typedef {{ state: State, detail: string }} Cell
 */

const STATES = new Set(['pass', 'fail', 'not-in-sdk']);

/**
 * Reads JSON lines `{"step": ..., "state": ..., "detail": ...}`; other lines are the SDK's own chatter.
 * @param {string} output
 * @param {Map<string, Cell>} cells Gets one cell per step. A step reported twice fails: it would hide its first result.
 */
export function readReport(output, cells) {
  for (const line of output.split('\n')) {
    if (!line.startsWith('{"step"')) continue;
    const { step, state, detail = '' } = parseLine(line);
    if (typeof step !== 'string' || !STATES.has(state)) {
      cells.set('(report)', {
        state: 'fail',
        detail: `The program printed a line that is no report: ${line.slice(0, 200)}`,
      });
    } else if (cells.has(step)) {
      cells.set(step, { state: 'fail', detail: 'The program reported this step twice' });
    } else {
      cells.set(step, { state, detail: String(detail) });
    }
  }
}

/** @param {string} line */
function parseLine(line) {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

/**
 * Completes a column: steps left out fail with the reason, unknown ones fail as such, and a missing call needs a
 * reason.
 * @param {readonly Step[]} steps
 * @param {Map<string, Cell>} cells
 * @param {string | undefined} problem Why the program did not run to its end.
 */
export function completeColumn(steps, cells, problem) {
  const reason = problem?.replace(/\s+/g, ' ').slice(0, 500);
  const known = new Set(steps.map(({ id }) => id));
  for (const [id, cell] of cells) {
    if (!known.has(id) && !id.startsWith('(')) {
      cells.set(id, {
        state: 'fail',
        detail: `The program reported a step that the scenario does not have: ${cell.state}`,
      });
    } else if (cell.state === 'not-in-sdk' && cell.detail === '') {
      cells.set(id, { state: 'fail', detail: 'The program says that the SDK lacks the call and not why' });
    }
  }
  for (const { id } of steps) {
    if (!cells.has(id)) cells.set(id, { state: 'fail', detail: reason ?? 'The program did not report this step' });
  }
  if (reason !== undefined && [...cells.values()].every(({ state }) => state !== 'fail')) {
    cells.set('(program)', { state: 'fail', detail: reason });
  }
}
