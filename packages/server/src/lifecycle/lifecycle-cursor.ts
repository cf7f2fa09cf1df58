/**
 * How far a lifecycle run has come, kept in one row so that a restart goes on and does not begin again. Everything
 * before the place is done, by any process: processes that run at once may overwrite each other's places, and the worst
 * result is that they judge something twice.
 */
import { type Check, checks, type ListUploadsResult, type ObjectStore, type VersionMarker } from '@annals/store';

/** A run that has begun and not ended. */
export interface LifecycleCursor {
  readonly startedAtMs: number;
  /** All buckets before it by name are done. */
  readonly bucket: string;
  /** Where in the bucket; without it the bucket is done too. */
  readonly place?: LifecyclePlace;
}

/** The page of a bucket that comes next. The versions of all prefixes come before the uploads of all. */
export type LifecyclePlace = VersionsPlace | UploadsPlace;

/** Among the versions below one prefix. */
export interface VersionsPlace {
  readonly kind: 'versions';
  readonly prefix: string;
  /** Absent: from the first. */
  readonly after?: VersionMarker;
  /** The last version of the page before: the first of the next may have given way to it. */
  readonly newer?: NewerVersion;
}

/** Of a version, what the one behind it is judged by. */
export interface NewerVersion {
  readonly key: string;
  readonly bornAtMs: number;
}

/** Among the uploads below one prefix. */
export interface UploadsPlace {
  readonly kind: 'uploads';
  readonly prefix: string;
  /** Absent: from the first. */
  readonly after?: UploadMarker;
}

/** An upload in a listing. */
type UploadMarker = NonNullable<ListUploadsResult['next']>;

type CursorStore = Pick<ObjectStore, 'serviceConfiguration' | 'setServiceConfiguration'>;

/** Name of the row; docs/format.md tells strangers of it. */
export const LIFECYCLE_RUN_CONFIGURATION = 'lifecycleRun';

const { exactly, fields, kinds, optional, text, time } = checks;

/** What the row must hold. */
export const lifecycleCursorCheck: Check<LifecycleCursor> = fields<LifecycleCursor>({
  startedAtMs: time,
  bucket: text,
  place: optional(
    kinds<LifecyclePlace>({
      versions: fields<VersionsPlace>({
        kind: exactly('versions'),
        prefix: text,
        after: optional(fields<VersionMarker>({ key: text, versionId: optional(text) })),
        newer: optional(fields<NewerVersion>({ key: text, bornAtMs: time })),
      }),
      uploads: fields<UploadsPlace>({
        kind: exactly('uploads'),
        prefix: text,
        after: optional(fields<UploadMarker>({ key: text, uploadId: optional(text) })),
      }),
    }),
  ),
});

/**
 * @returns `undefined` when the last run came to its end.
 * @throws {EngineFailure} `corrupt` when the row is damaged.
 */
export function readLifecycleCursor(store: CursorStore): Promise<LifecycleCursor | undefined> {
  return store.serviceConfiguration(LIFECYCLE_RUN_CONFIGURATION, lifecycleCursorCheck);
}

/** Keeps how far a run has come; one commit. */
export function writeLifecycleCursor(store: CursorStore, cursor: LifecycleCursor): Promise<void> {
  return store.setServiceConfiguration(LIFECYCLE_RUN_CONFIGURATION, cursor);
}

/** Ends a run; one commit. */
export function removeLifecycleCursor(store: CursorStore): Promise<void> {
  return store.setServiceConfiguration(LIFECYCLE_RUN_CONFIGURATION, undefined);
}
