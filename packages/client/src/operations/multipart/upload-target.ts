/** The multipart upload that a call is about. */
import type { QueryParameter } from '@annals/protocol';
import { nameTarget, type ObjectTarget } from '../object/object-target.js';

/** An upload in parts that is not yet an object. */
export interface UploadTarget extends ObjectTarget {
  readonly uploadId: string;
}

/** Names an upload in messages. */
export function nameUpload(target: UploadTarget): string {
  return `the upload ${target.uploadId} of ${nameTarget(target)}`;
}

/** The query parameter that names the upload. */
export function uploadQuery({ uploadId }: UploadTarget): QueryParameter {
  return ['uploadId', uploadId];
}
