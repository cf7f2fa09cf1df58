/** The calls on objects of one connection. Each is described where it is written. */
import type { Tag } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { type AppendObjectInput, type AppendObjectResult, appendObject } from './append-object.js';
import { type ChangeAttributesInput, changeAttributes } from './change-attributes.js';
import type { ChangeConditions } from './conditions.js';
import { type ConvertObjectInput, type ConvertObjectResult, convertObject } from './convert-object.js';
import { type CopyObjectInput, type CopyObjectResult, copyObject } from './copy-object.js';
import { type DeleteObjectInput, type DeleteObjectResult, deleteObject } from './delete-object.js';
import { type DeleteObjectsInput, type DeleteObjectsResult, deleteObjects } from './delete-objects.js';
import { type GetObjectInput, type GetObjectResult, getObject, getObjectIfChanged } from './get-object.js';
import { type HeadObjectInput, type HeadObjectResult, headObject, headObjectIfChanged } from './head-object.js';
import { type ListObjectsInput, type ListObjectsPage, listObjects } from './list-objects.js';
import { type ListObjectsV1Input, listObjectsV1 } from './list-objects-v1.js';
import { type ListVersionsInput, type ListVersionsPage, listVersions } from './list-versions.js';
import { getObjectAcl, type ObjectAclResult, type PutObjectAclInput, putObjectAcl } from './object-acl.js';
import { deleteObjectTags, getObjectTags, type PutObjectTagsInput, putObjectTags } from './object-tags.js';
import type { VersionResult, VersionTarget } from './object-target.js';
import { type PutObjectInput, type PutObjectResult, putObject } from './put-object.js';
import { type RestoreObjectInput, type RestoreObjectResult, restoreObject } from './restore-object.js';
import { type SealObjectInput, type SealObjectResult, sealObject } from './seal-object.js';
import { type GetSymlinkResult, getSymlink, type PutSymlinkInput, putSymlink } from './symlink.js';

/** Calls on objects. */
export interface ObjectCalls {
  /** @see listObjects */
  listObjects(input: ListObjectsInput): AsyncIterable<ListObjectsPage>;
  /** @see listObjectsV1 */
  listObjectsV1(input: ListObjectsV1Input): AsyncIterable<ListObjectsPage>;
  /** @see listVersions */
  listVersions(input: ListVersionsInput): AsyncIterable<ListVersionsPage>;
  /** @see putObject */
  putObject(input: PutObjectInput): Promise<PutObjectResult>;
  /** @see appendObject */
  appendObject(input: AppendObjectInput): Promise<AppendObjectResult>;
  /** @see sealObject */
  sealObject(input: SealObjectInput): Promise<SealObjectResult>;
  /** @see convertObject */
  convertObject(input: ConvertObjectInput): Promise<ConvertObjectResult>;
  /** @see copyObject */
  copyObject(input: CopyObjectInput): Promise<CopyObjectResult>;
  /** @see changeAttributes */
  changeAttributes(input: ChangeAttributesInput): Promise<CopyObjectResult>;
  /** @see headObject */
  headObject(input: HeadObjectInput): Promise<HeadObjectResult>;
  /** @see headObjectIfChanged */
  headObjectIfChanged(input: HeadObjectInput & ChangeConditions): Promise<HeadObjectResult | undefined>;
  /** @see getObject */
  getObject(input: GetObjectInput): Promise<GetObjectResult>;
  /** @see getObjectIfChanged */
  getObjectIfChanged(input: GetObjectInput & ChangeConditions): Promise<GetObjectResult | undefined>;
  /** @see deleteObject */
  deleteObject(input: DeleteObjectInput): Promise<DeleteObjectResult>;
  /** @see deleteObjects */
  deleteObjects(input: DeleteObjectsInput): Promise<DeleteObjectsResult>;
  /** @see getObjectAcl */
  getObjectAcl(input: VersionTarget): Promise<ObjectAclResult>;
  /** @see putObjectAcl */
  putObjectAcl(input: PutObjectAclInput): Promise<VersionResult>;
  /** @see getObjectTags */
  getObjectTags(input: VersionTarget): Promise<readonly Tag[]>;
  /** @see putObjectTags */
  putObjectTags(input: PutObjectTagsInput): Promise<VersionResult>;
  /** @see deleteObjectTags */
  deleteObjectTags(input: VersionTarget): Promise<VersionResult>;
  /** @see putSymlink */
  putSymlink(input: PutSymlinkInput): Promise<VersionResult>;
  /** @see getSymlink */
  getSymlink(input: VersionTarget): Promise<GetSymlinkResult>;
  /** @see restoreObject */
  restoreObject(input: RestoreObjectInput): Promise<RestoreObjectResult>;
}

/** Binds the calls to a connection. */
export function objectCalls(connection: Connection): ObjectCalls {
  return {
    listObjects: (input) => listObjects(connection, input),
    listObjectsV1: (input) => listObjectsV1(connection, input),
    listVersions: (input) => listVersions(connection, input),
    putObject: (input) => putObject(connection, input),
    appendObject: (input) => appendObject(connection, input),
    sealObject: (input) => sealObject(connection, input),
    convertObject: (input) => convertObject(connection, input),
    copyObject: (input) => copyObject(connection, input),
    changeAttributes: (input) => changeAttributes(connection, input),
    headObject: (input) => headObject(connection, input),
    headObjectIfChanged: (input) => headObjectIfChanged(connection, input),
    getObject: (input) => getObject(connection, input),
    getObjectIfChanged: (input) => getObjectIfChanged(connection, input),
    deleteObject: (input) => deleteObject(connection, input),
    deleteObjects: (input) => deleteObjects(connection, input),
    getObjectAcl: (input) => getObjectAcl(connection, input),
    putObjectAcl: (input) => putObjectAcl(connection, input),
    getObjectTags: (input) => getObjectTags(connection, input),
    putObjectTags: (input) => putObjectTags(connection, input),
    deleteObjectTags: (input) => deleteObjectTags(connection, input),
    putSymlink: (input) => putSymlink(connection, input),
    getSymlink: (input) => getSymlink(connection, input),
    restoreObject: (input) => restoreObject(connection, input),
  };
}
