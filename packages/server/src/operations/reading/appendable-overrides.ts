/**
 * Extension of PutBucket and GetBucketInfo: what a bucket allows to be done to its appendable objects, where it differs
 * from the settings `appendable.overwrite` and `appendable.copy`. Leaves out the rules themselves: the store keeps to
 * them.
 */
import { invalidArgument } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import type { OperationRequest } from '../../request/operation-request.js';

type Overrides = NonNullable<BucketRecord['appendable']>;

/** What a PutBucket says of overrides; of those it does not name, nothing. */
export interface AppendableChange {
  readonly overwrite?: Override;
  readonly copy?: Override;
}

/** `default`: what the settings say, whatever they come to say. */
type Override = 'deny' | 'allow' | 'default';

/** Headers by what they override. Each is `deny`, `allow` or `default`. */
export const APPENDABLE_HEADERS = {
  overwrite: 'x-oss-annals-appendable-overwrite',
  copy: 'x-oss-annals-appendable-copy',
} as const;

/**
 * Reads the headers of a PutBucket.
 * @returns `undefined` without any of them.
 * @throws {OssError} `InvalidArgument` for another value than `deny`, `allow` and `default`.
 */
export function readAppendableChange(request: OperationRequest): AppendableChange | undefined {
  const overwrite = readOverride(request, APPENDABLE_HEADERS.overwrite);
  const copy = readOverride(request, APPENDABLE_HEADERS.copy);
  if (overwrite === undefined && copy === undefined) return undefined;
  return { ...(overwrite !== undefined && { overwrite }), ...(copy !== undefined && { copy }) };
}

/** Gives a bucket's overrides after a change; those of a new bucket without `before`. */
export function changeAppendable(before: Overrides | undefined, change: AppendableChange): Overrides {
  const { overwrite = before?.overwrite ?? 'default', copy = before?.copy ?? 'default' } = change;
  const { overwrite: _overwrite, copy: _copy, ...others } = before ?? {};
  return {
    ...others,
    ...(overwrite !== 'default' && { overwrite }),
    ...(copy !== 'default' && { copy }),
  };
}

/** The headers that tell of a bucket's overrides; none if it has none. */
export function appendableOverrideHeaders({ appendable }: BucketRecord): Readonly<Record<string, string>> {
  return {
    ...(appendable?.overwrite !== undefined && { [APPENDABLE_HEADERS.overwrite]: appendable.overwrite }),
    ...(appendable?.copy !== undefined && { [APPENDABLE_HEADERS.copy]: appendable.copy }),
  };
}

function readOverride({ headers }: OperationRequest, name: string): Override | undefined {
  const value = headers.get(name);
  if (value === undefined || value === 'deny' || value === 'allow' || value === 'default') return value;
  throw invalidArgument(name, value);
}
