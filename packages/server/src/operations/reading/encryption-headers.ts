/**
 * Encryption at rest: what a writer asks for by header, or its bucket by default, and what it is told. SM4 is
 * understood and refused: there is no authenticated form of it at hand, and bytes that could be changed unnoticed are
 * not what was asked for.
 */
import { OssError, REQUEST_HEADERS, readEncryption } from '@annals/protocol';
import type { BucketRecord, Encryption } from '@annals/store';
import { defaultEncryption } from '../../bucket-configuration/default-encryption.js';
import type { OperationRequest } from '../../request/operation-request.js';

/**
 * Reads what a new object is to be encrypted with.
 * @param bucket Its rule holds for a request that says nothing.
 * @returns The headers' choice, else the bucket's; `undefined`: none.
 * @throws {OssError} `InvalidEncryptionAlgorithmError`, `InvalidDataEncryptionAlgorithmError`, or `InvalidArgument` for
 *   headers that do not belong together.
 */
export function chooseEncryption(request: OperationRequest, bucket: BucketRecord): Encryption | undefined {
  return readEncryption(request.headers) ?? defaultEncryption(bucket);
}

/**
 * Refuses to let an append choose the key: appendable objects take the default one.
 * @throws {OssError} `InvalidArgument`.
 */
export function refuseKeyId({ headers }: OperationRequest): void {
  const keyId = headers.get(REQUEST_HEADERS.serverSideEncryptionKeyId);
  if (keyId === undefined) return;
  throw new OssError('InvalidArgument', {
    message: 'AppendObject does not take the id of an encryption key.',
    details: { ArgumentName: REQUEST_HEADERS.serverSideEncryptionKeyId, ArgumentValue: keyId },
  });
}

/** What is said of the encryption of an object, an upload or a part. */
export function encryptionHeaders({ encryption }: { readonly encryption?: Encryption }): Record<string, string> {
  if (encryption === undefined) return {};
  return {
    'x-oss-server-side-encryption': encryption.algorithm,
    ...(encryption.dataAlgorithm !== undefined && { 'x-oss-server-side-data-encryption': encryption.dataAlgorithm }),
    ...(encryption.keyId !== undefined && { 'x-oss-server-side-encryption-key-id': encryption.keyId }),
  };
}
