/** DeleteObject as some programs ask for it where the object is a link: `DELETE /KEY?symlink[&versionId=ID]`. The link goes, what it leads to stays. */
import { deleteObject } from './delete-object.js';
import type { AnyOperationRow } from './operation.js';

export const deleteSymlink: AnyOperationRow = { ...deleteObject, name: 'DeleteSymlink' };
