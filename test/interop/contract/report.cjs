// @ts-check
/** Prints one JSON line per step of the shared scenario. Leaves out every SDK: what fails is told by the error. */

/**
 * @param {string} step
 * @param {'pass' | 'fail' | 'not-in-sdk'} state
 * @param {string} [detail]
 */
function report(step, state, detail = '') {
  process.stdout.write(`${JSON.stringify({ step, state, detail })}\n`);
}

/**
 * @param {string} reason
 * @param {...string} steps
 */
function notInSdk(reason, ...steps) {
  for (const step of steps) report(step, 'not-in-sdk', reason);
}

/**
 * Runs one step; whatever it throws is its failure, and the next step still runs.
 * @param {string} step
 * @param {() => Promise<unknown>} action
 */
async function runStep(step, action) {
  try {
    const detail = await action();
    report(step, 'pass', typeof detail === 'string' ? detail : '');
  } catch (error) {
    const { name, code, message, stack = '' } = /** @type {Error & { code?: string }} */ (error);
    const place = /[\w-]*(?:scenario|steps)\.c?js:\d+/.exec(stack)?.[0] ?? 'somewhere';
    report(step, 'fail', `${place}: ${name} ${code ?? ''}: ${String(message).slice(0, 600)}`);
  }
}

/**
 * @param {unknown} actual
 * @param {unknown} wanted
 * @param {string} what
 */
function equal(actual, wanted, what) {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (left !== right)
    throw new Error(`${what} is ${String(left).slice(0, 300)}, wanted ${String(right).slice(0, 300)}`);
}

/**
 * Value of an environment variable that the runner could not set while the server lacks something.
 * @param {string} name
 * @param {string} missingReason
 */
function required(name, missingReason) {
  const value = process.env[name];
  if (value === undefined) throw new Error(process.env[missingReason] ?? `${name} is not set`);
  return value;
}

/**
 * The error an action must end with.
 * @param {Promise<unknown>} action
 * @returns {Promise<any>}
 */
async function failureOf(action) {
  const outcome = await action.then(
    () => undefined,
    (error) => error,
  );
  if (outcome === undefined) throw new Error('The call succeeded although it had to be refused');
  return outcome;
}

module.exports = { report, notInSdk, runStep, equal, required, failureOf };
