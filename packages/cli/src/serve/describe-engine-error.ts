/** What an operator is told of an engine that fails. */
import { EngineFailure } from '@annals/store';
import { describeError } from '../command-failure.js';

/** @returns One line: what is damaged, or the words of what lies under the engine. */
export function describeEngineError(error: unknown): string {
  if (!(error instanceof EngineFailure)) return describeError(error);
  if (error.reason.kind === 'corrupt') return error.reason.detail;
  return describeError(error.cause ?? error);
}

/** @returns What to look at when a store does not open, as a message ends; nothing where all of it is on the disk. */
export function whereToLook({ metadata, blobs }: Readonly<Record<'metadata' | 'blobs', string>>): string {
  const settings = [metadata === 'lmdb' ? '' : 'storage.metadata', blobs === 'file' ? '' : 'storage.blobs'];
  const named = settings.filter((name) => name !== '').join(', ');
  return named === '' ? '' : ` (${named}; "annals storage check" with the same settings says what to mend)`;
}
