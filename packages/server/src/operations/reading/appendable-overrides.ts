/**
 * Extension of PutBucket and GetBucketInfo: what a bucket allows to be done to its appendable objects, where it differs
 * from the settings `appendable.overwrite`, `appendable.copy` and `appendable.replay`. Leaves out the rules themselves:
 * the store keeps to them.
 */
import { invalidArgument, REQUEST_HEADERS } from '@annals/protocol';
import type { AppendReplay, BucketRecord } from '@annals/store';
import type { OperationRequest } from '../../request/operation-request.js';

type Overrides = NonNullable<BucketRecord['appendable']>;

/** What a PutBucket says of overrides; of those it does not name, nothing. */
export interface AppendableChange {
  readonly overwrite?: Override;
  readonly copy?: Override;
  readonly replay?: AppendReplay | 'default';
}

/** `default`: what the settings say, whatever they come to say. */
type Override = 'deny' | 'allow' | 'default';

/**
 * Headers by what they override. Each is `deny`, `allow` or `default`; that of replays `off`, `same-bytes` or
 * `default`.
 */
export const APPENDABLE_HEADERS = {
  overwrite: REQUEST_HEADERS.appendableOverwrite,
  copy: REQUEST_HEADERS.appendableCopy,
  replay: REQUEST_HEADERS.appendableReplay,
} as const;

/**
 * Reads the headers of a PutBucket.
 * @returns `undefined` without any of them.
 * @throws {OssError} `InvalidArgument` for another value than the header takes.
 */
export function readAppendableChange(request: OperationRequest): AppendableChange | undefined {
  const overwrite = readOverride(request, APPENDABLE_HEADERS.overwrite);
  const copy = readOverride(request, APPENDABLE_HEADERS.copy);
  const replay = readReplay(request);
  if (overwrite === undefined && copy === undefined && replay === undefined) return undefined;
  return {
    ...(overwrite !== undefined && { overwrite }),
    ...(copy !== undefined && { copy }),
    ...(replay !== undefined && { replay }),
  };
}

/** Gives a bucket's overrides after a change; those of a new bucket without `before`. */
export function changeAppendable(before: Overrides | undefined, change: AppendableChange): Overrides {
  const { overwrite = before?.overwrite, copy = before?.copy, replay = before?.replay } = change;
  const { overwrite: _overwrite, copy: _copy, replay: _replay, ...others } = before ?? {};
  return {
    ...others,
    ...(overwrite !== undefined && overwrite !== 'default' && { overwrite }),
    ...(copy !== undefined && copy !== 'default' && { copy }),
    ...(replay !== undefined && replay !== 'default' && { replay }),
  };
}

/** The headers that tell of a bucket's overrides; none if it has none. */
export function appendableOverrideHeaders({ appendable }: BucketRecord): Readonly<Record<string, string>> {
  return {
    ...(appendable?.overwrite !== undefined && { [APPENDABLE_HEADERS.overwrite]: appendable.overwrite }),
    ...(appendable?.copy !== undefined && { [APPENDABLE_HEADERS.copy]: appendable.copy }),
    ...(appendable?.replay !== undefined && { [APPENDABLE_HEADERS.replay]: appendable.replay }),
  };
}

function readReplay({ headers }: OperationRequest): AppendableChange['replay'] {
  const value = headers.get(APPENDABLE_HEADERS.replay);
  if (value === undefined || value === 'off' || value === 'same-bytes' || value === 'default') return value;
  throw invalidArgument(APPENDABLE_HEADERS.replay, value);
}

function readOverride({ headers }: OperationRequest, name: string): Override | undefined {
  const value = headers.get(name);
  if (value === undefined || value === 'deny' || value === 'allow' || value === 'default') return value;
  throw invalidArgument(name, value);
}
