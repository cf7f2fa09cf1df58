/** One run of `annals migrate`: takes both sides, moves keys and store, and lets go of them. */
import {
  CannotMigrate,
  claimBlobPlace,
  EngineFailure,
  isFailure,
  type MigratedStore,
  MigrationOvertaken,
  type MigrationSide,
  migrateStore,
  readFormatVersion,
  requireMovable,
  WrongBlobPlace,
} from '@annals/store';
import { CommandFailure, describeError } from '../command-failure.js';
import { ClosingStack } from '../serve/closing-stack.js';
import { describeEngineError } from '../serve/describe-engine-error.js';
import { recordOffline } from '../serve/record-offline.js';
import { removeMigrationMark } from './migration-mark.js';
import type { MigrationPlace } from './migration-place.js';
import { MigrationProgress } from './migration-progress.js';
import { type MovedKeys, moveKeys } from './move-keys.js';
import { leaveTarget, type OpenedTarget, openSource, openTarget, takeTarget } from './open-sides.js';

/** What was done. */
export interface Migration {
  /** `undefined`: everything was there already, but for the word that it is. */
  readonly store: MigratedStore | undefined;
  readonly keys: MovedKeys;
}

/**
 * @throws {CommandFailure} A side cannot be used, or it was broken off; then the same command goes on.
 */
export async function runMigrate(
  { from, to }: { readonly from: MigrationPlace; readonly to: MigrationPlace },
  isQuiet: boolean,
): Promise<Migration> {
  const [locks, engines] = [new ClosingStack(), new ClosingStack()];
  const progress = new MigrationProgress(isQuiet);
  /** Whether something is in the target that must stay. */
  let isBegun = true;
  try {
    const source = await openSource(from, locks);
    await requireMovable(source.keyValues);
    await moveKeys(from.keys, to.keys, false);
    isBegun = await takeTarget(to, from.name, locks);
    const target = await openTarget(to, engines);
    const isThere = isBegun && (await readFormatVersion(target.keyValues).catch(() => undefined)) !== undefined;
    const onBegun = (): void => {
      isBegun = true;
    };
    const store = isThere ? undefined : await move({ from, to, source, target, progress, onBegun });
    const keys = await moveKeys(from.keys, to.keys, true);
    await removeMigrationMark(to.folder);
    return { store, keys };
  } catch (error) {
    throw explain(error, from, to);
  } finally {
    await progress.end();
    await engines.closeAll().catch(tellOfClosing);
    if (!isBegun) await leaveTarget(to).catch(tellOfClosing);
    await locks.closeAll().catch(tellOfClosing);
  }
}

interface Move {
  readonly from: MigrationPlace;
  readonly to: MigrationPlace;
  readonly source: MigrationSide;
  readonly target: OpenedTarget;
  readonly progress: MigrationProgress;
  readonly onBegun: () => void;
}

function move({ from, to, source, target, progress, onBegun }: Move): Promise<MigratedStore> {
  const detail = { from: from.name, to: to.name };
  const work = (): Promise<MigratedStore> =>
    migrateStore({
      sourceName: from.name,
      source,
      target,
      sharesFiles: to.metadata.kind === 'lmdb',
      onStage: (stage, lengthBytes) => progress.begin(stage, lengthBytes),
      onProgress: (lengthBytes) => progress.add(lengthBytes),
      onBeginAgain: () => progress.tell('the source has changed since the migration was broken off: it begins again'),
      claimBlobs: async () => {
        onBegun();
        await claimBlobPlace(target.keyValues, target.wanted);
      },
    });
  return recordOffline(to.folder, { action: 'migrate.Store', detail }, work, (outcome) => ({ ...detail, ...outcome }));
}

function tellOfClosing(error: unknown): void {
  process.stderr.write(`closing failed: ${describeError(error)}\n`);
}

function explain(error: unknown, from: MigrationPlace, to: MigrationPlace): unknown {
  if (error instanceof CommandFailure) return error;
  const start = `Cannot migrate ${from.name} to ${to.name}`;
  if (error instanceof CannotMigrate || error instanceof MigrationOvertaken) {
    return new CommandFailure(`${start}: ${error.message}`, { cause: error });
  }
  if (error instanceof WrongBlobPlace) return new CommandFailure(`${start}: ${error.message}`, { cause: error });
  if (!isFailure(error)) return error;
  const isDamage = error instanceof EngineFailure && ['corrupt', 'missing-blob'].includes(error.reason.kind);
  const advice = isDamage
    ? '"annals fsck" of the source says which objects are hit'
    : 'run the same command again to go on';
  return new CommandFailure(`${start}: ${describeEngineError(error)}; ${advice}`, { cause: error });
}
