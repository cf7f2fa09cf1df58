/**
 * DeleteObject as some programs ask for it where the object is a link: `DELETE /KEY?symlink[&versionId=ID]`. The link
 * goes, what it leads to stays.
 */
import { deleteObject } from './delete-object.js';

/** Removes a symbolic link, which is an object like others: `DeleteObject` on a link. */
export const deleteSymlink = {
  ...deleteObject,
  name: 'DeleteSymlink',
  remark: 'DeleteObject with `symlink` in the query: the link goes, what it leads to stays.',
} as const;
