/** The object, or the version of one, that a call is about. */
import type { QueryParameter } from '@annals/protocol';
import type { CallOptions } from '../../client-options.js';

/** An object. */
export interface ObjectTarget extends CallOptions {
  readonly bucket: string;
  readonly key: string;
}

/** An object, or one version of it. */
export interface VersionTarget extends ObjectTarget {
  /** Default: the current version. */
  readonly versionId?: string;
}

/** What a call on an object may answer with. */
export interface VersionResult {
  /** Absent while the bucket was never versioned. */
  readonly versionId?: string;
}

/** Names an object in messages, as the terminal client writes it. */
export function nameTarget({ bucket, key, versionId }: Omit<VersionTarget, keyof CallOptions>): string {
  const version = versionId === undefined ? '' : ` (version ${versionId})`;
  return `oss://${bucket}/${key}${version}`;
}

/** The query parameter that names the version, if one is named. */
export function versionQuery({ versionId }: Pick<VersionTarget, 'versionId'>): QueryParameter[] {
  return versionId === undefined ? [] : [['versionId', versionId]];
}
