/**
 * Encryption asked for by a writer. Encryption at rest is not built yet, and answering `x-oss-server-side-encryption: AES256` for bytes that
 * lie on disk in the clear would be a lie: such a request is refused. This file is the one place that changes when it is built.
 */
import { OssError, REQUEST_HEADERS, readEncryption } from '@annals/protocol';
import { headerRecord } from './header-record.js';
import type { OperationRequest } from './operation.js';

/**
 * Refuses a request that asks for encryption at rest.
 * @throws {OssError} `InvalidEncryptionAlgorithmError`, `InvalidDataEncryptionAlgorithmError` or `InvalidArgument` for headers that make no sense,
 *   else `NotImplemented` (501).
 */
export function refuseEncryption(request: OperationRequest): void {
  if (readEncryption(headerRecord(request)) === undefined) return;
  throw new OssError('NotImplemented', {
    status: 501,
    message: 'Encryption at rest is not implemented by this server. Nothing was stored.',
    details: { Header: REQUEST_HEADERS.serverSideEncryption },
  });
}
