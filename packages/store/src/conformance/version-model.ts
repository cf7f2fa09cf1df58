/** What a bucket with versions must hold, kept the simple way: for each key a list, newest first. */
import type { DeleteResult, VersioningState } from '../object-store/types.js';

/** One version; without bytes it is a delete marker. */
export interface ModelVersion {
  readonly id: string;
  readonly type: 'normal' | 'appendable' | 'delete-marker';
  bytes: Buffer;
}

const NULL_ID = 'null';

/** A bucket as it must be after what was done to it. */
export class VersionModel {
  versioning: VersioningState = 'unversioned';
  readonly keys = new Map<string, ModelVersion[]>();

  /** All versions, in the order of a listing. */
  *all(): Generator<{ readonly key: string; readonly version: ModelVersion; readonly isLatest: boolean }> {
    const keys = [...this.keys.keys()].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    for (const key of keys) {
      for (const [index, version] of (this.keys.get(key) ?? []).entries()) {
        yield { key, version, isLatest: index === 0 };
      }
    }
  }

  /** The version that is seen without naming one, be it a delete marker. */
  current(key: string): ModelVersion | undefined {
    return this.keys.get(key)?.[0];
  }

  /** The object that is seen without naming a version. */
  object(key: string): ModelVersion | undefined {
    const current = this.current(key);
    return current?.type === 'delete-marker' ? undefined : current;
  }

  /** What a new version would destroy. */
  doomed(key: string): readonly ModelVersion[] {
    const versions = this.keys.get(key) ?? [];
    if (this.versioning === 'enabled') return [];
    return versions.filter(({ id }) => id === NULL_ID);
  }

  refusalOfPut(key: string): string | undefined {
    return this.doomed(key).some(({ type }) => type === 'appendable') ? 'already-exists' : undefined;
  }

  refusalOfAppend(key: string, position: number): string | undefined {
    const object = this.object(key);
    if (object?.type === 'normal') return 'not-appendable';
    if (position !== (object?.bytes.length ?? 0)) return 'position-mismatch';
    return object === undefined ? this.refusalOfPut(key) : undefined;
  }

  /** @param versionId As the store gave it; none in a bucket that was never versioned. */
  publish(key: string, type: ModelVersion['type'], bytes: Buffer, versionId: string | undefined): void {
    const doomed = this.doomed(key);
    const kept = (this.keys.get(key) ?? []).filter((version) => !doomed.includes(version));
    this.keys.set(key, [{ id: versionId ?? NULL_ID, type, bytes }, ...kept]);
  }

  append(key: string, bytes: Buffer, versionId: string | undefined): void {
    const object = this.object(key);
    if (object === undefined) this.publish(key, 'appendable', bytes, versionId);
    else object.bytes = Buffer.concat([object.bytes, bytes]);
  }

  /** @param result What the store answered: it names the marker that was made. */
  remove(key: string, versionId: string | undefined, result: DeleteResult): void {
    if (versionId === undefined && this.versioning !== 'unversioned') {
      this.publish(key, 'delete-marker', Buffer.alloc(0), result.versionId);
      return;
    }
    const rest = (this.keys.get(key) ?? []).filter(({ id }) => id !== (versionId ?? NULL_ID));
    if (rest.length === 0) this.keys.delete(key);
    else this.keys.set(key, rest);
  }

  /** Whether what is removed, or made by removing, is a delete marker. */
  isMarkerRemoval(key: string, versionId: string | undefined): boolean {
    if (versionId === undefined) return this.versioning !== 'unversioned';
    return (this.keys.get(key) ?? []).some(({ id, type }) => id === versionId && type === 'delete-marker');
  }
}
