/**
 * Records what a command does to a data folder whose server is stopped, in the audit log of that folder: the operator's
 * intent before, and what became of it behind. The folder must be locked by the caller, since a log has one writer.
 * Leaves out what is done.
 */
import { ClosingStack } from './closing-stack.js';
import { openAudit, operator } from './open-audit.js';

/**
 * @param detail What is about to be done, without secrets.
 * @param change Is not called when the intent cannot be recorded.
 * @param describe More of the outcome.
 * @returns What `change` returns.
 * @throws {CommandFailure} The log cannot be opened; nothing was done.
 * @throws {Error} It cannot be written, and nothing was done; what `change` throws.
 */
export async function recordOffline<Result>(
  folder: string,
  { action, detail }: { readonly action: string; readonly detail: Readonly<Record<string, unknown>> },
  change: () => Promise<Result>,
  describe: (result: Result) => Readonly<Record<string, unknown>> = () => ({}),
): Promise<Result> {
  const opened = new ClosingStack();
  try {
    const audit = await openAudit(folder, opened);
    const actor = operator();
    const { sequence } = await audit.append({ phase: 'intent', action, actor, detail });
    const outcome = { phase: 'outcome', action, actor, intent: sequence } as const;
    let result: Result;
    try {
      result = await change();
    } catch (error) {
      // The intent stays without an outcome, which means that the outcome is unknown.
      await audit.append({ ...outcome, result: 'failed' }).catch(() => undefined);
      throw error;
    }
    await audit.append({ ...outcome, result: 'done', detail: describe(result) });
    return result;
  } finally {
    await opened.closeAll();
  }
}
