/**
 * What GetObject and HeadObject read of a key: the object itself, or what a symlink stands for. A link is followed
 * once: to the current version of a key in the same bucket, which the caller must be allowed to read as well.
 */
import { OssError } from '@annals/protocol';
import {
  type FollowInput,
  type ObjectFollower,
  type ObjectHead,
  type OpenedObject,
  StoreFailure,
  type VersionTarget,
} from '@annals/store';
import type { OperationContext } from '../../operation-row/operation-row.js';
import type { RequirePermission } from '../../request/required-permission.js';
import { checkReadable } from './archived-object.js';

/**
 * Opens an object for reading.
 * @returns The bytes with the head to show for them: of a link, its own but for length, etag, checksums, and the later
 * time of both.
 * @throws {OssError} `SymlinkTargetNotExist`, `InvalidTargetType`, `AccessDenied`.
 * @throws {StoreFailure} As `openObject`; `archived`.
 */
export async function openReadable(
  target: VersionTarget,
  context: OperationContext,
  requirePermission: RequirePermission,
): Promise<OpenedObject> {
  const opened = await context.store.openObject(target);
  try {
    const { symlinkTarget } = opened.head;
    if (symlinkTarget === undefined) {
      await checkReadable(opened.head, context);
      return opened;
    }
    opened.release();
    const destination = await followLink(target.bucket, symlinkTarget, requirePermission, (found) =>
      context.store.openObject(found),
    );
    return await showLink(opened.head, destination, context);
  } catch (error) {
    opened.release();
    throw error;
  }
}

/**
 * Follows an object, or what a link leads to at the moment.
 * @returns The follower, with the head to show for it as `openReadable` shows it.
 * @throws As `openReadable`; `StoreFailure` `beyond-length`.
 */
export async function followReadable(
  input: FollowInput,
  context: OperationContext,
  requirePermission: RequirePermission,
): Promise<{ readonly follower: ObjectFollower; readonly head: ObjectHead }> {
  const { store } = context;
  const { position, ...target } = input;
  const link = await store.headObject(target);
  if (link.symlinkTarget === undefined) {
    const follower = await store.followObject(input);
    return { follower, head: (await readable(follower, context)).head };
  }
  const follower = await followLink(target.bucket, link.symlinkTarget, requirePermission, (found) =>
    store.followObject({ ...found, position }),
  );
  return { follower, head: headOfLink(link, (await readable(follower, context)).head) };
}

/** Lets go of what may not be read. @throws {StoreFailure} `archived`. */
async function readable<Found extends { readonly head: ObjectHead; release(): void }>(
  found: Found,
  context: OperationContext,
): Promise<Found> {
  try {
    await checkReadable(found.head, context);
    return found;
  } catch (error) {
    found.release();
    throw error;
  }
}

/**
 * Reads the head that `openReadable` would show, without the bytes; objects that must be restored first have one too.
 * @throws As `openReadable`, but never `archived`.
 */
export async function headReadable(
  target: VersionTarget,
  { store }: OperationContext,
  requirePermission: RequirePermission,
): Promise<ObjectHead> {
  const head = await store.headObject(target);
  if (head.symlinkTarget === undefined) return head;
  const destination = await followLink(target.bucket, head.symlinkTarget, requirePermission, async (found) => ({
    head: await store.headObject(found),
  }));
  return headOfLink(head, destination.head);
}

async function showLink(link: ObjectHead, destination: OpenedObject, context: OperationContext): Promise<OpenedObject> {
  await readable(destination, context);
  return {
    head: headOfLink(link, destination.head),
    read: (range) => destination.read(range),
    readAtOnce: (range) => destination.readAtOnce(range),
    release: () => destination.release(),
  };
}

async function followLink<Found extends { readonly head: ObjectHead; release?(): void }>(
  bucket: string,
  key: string,
  requirePermission: RequirePermission,
  find: (target: VersionTarget) => Promise<Found>,
): Promise<Found> {
  await requirePermission({ action: 'oss:GetObject', access: 'read', bucket, key });
  const found = await findTarget({ bucket, key }, find);
  if (found.head.type !== 'symlink') return found;
  found.release?.();
  throw new OssError('InvalidTargetType', { details: { Key: key } });
}

async function findTarget<Found>(
  target: VersionTarget,
  find: (target: VersionTarget) => Promise<Found>,
): Promise<Found> {
  try {
    return await find(target);
  } catch (error) {
    if (!(error instanceof StoreFailure) || error.reason.kind !== 'no-such-key') throw error;
    throw new OssError('SymlinkTargetNotExist', { details: { Key: target.key }, cause: error });
  }
}

function headOfLink(link: ObjectHead, { length, etag, crc64, md5, lastModifiedAtMs }: ObjectHead): ObjectHead {
  return {
    ...link,
    length,
    etag,
    crc64,
    ...(md5 !== undefined && { md5 }),
    lastModifiedAtMs: Math.max(link.lastModifiedAtMs, lastModifiedAtMs),
  };
}
