/**
 * What GetObject and HeadObject read of a key: the object itself, or what a symlink stands for. A link is followed
 * once: to the current version of a key in the same bucket, which the caller must be allowed to read as well.
 */
import { OssError } from '@annals/protocol';
import { type ObjectHead, type OpenedObject, StoreFailure, type VersionTarget } from '@annals/store';
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
  try {
    await checkReadable(destination.head, context);
  } catch (error) {
    destination.release();
    throw error;
  }
  return {
    head: headOfLink(link, destination.head),
    read: (range) => destination.read(range),
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
