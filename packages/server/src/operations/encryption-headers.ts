/**
 * Encryption asked for by a writer. Encryption at rest is not built yet, and answering `x-oss-server-side-encryption: AES256` for bytes that
 * lie on disk in the clear would be a lie: such a request is refused. This file is the one place that changes when it is built.
 */
import { OssError } from '@annals/protocol';
import type { OperationRequest } from './operation.js';

const ALGORITHM = 'x-oss-server-side-encryption';
const DATA_ALGORITHM = 'x-oss-server-side-data-encryption';
const KEY_ID = 'x-oss-server-side-encryption-key-id';

/**
 * Refuses a request that asks for encryption at rest.
 * @throws {OssError} `InvalidEncryptionAlgorithmError` or `InvalidDataEncryptionAlgorithmError` for an unknown algorithm, else `NotImplemented` (501).
 */
export function refuseEncryption({ headers }: OperationRequest): void {
  const algorithm = headers.get(ALGORITHM);
  if (algorithm !== undefined && !['AES256', 'KMS', 'SM4'].includes(algorithm)) {
    throw new OssError('InvalidEncryptionAlgorithmError');
  }
  const dataAlgorithm = headers.get(DATA_ALGORITHM);
  if (dataAlgorithm !== undefined && dataAlgorithm !== 'SM4') throw new OssError('InvalidDataEncryptionAlgorithmError');
  const header = [ALGORITHM, DATA_ALGORITHM, KEY_ID].find((name) => headers.has(name));
  if (header === undefined) return;
  throw new OssError('NotImplemented', {
    status: 501,
    message: 'Encryption at rest is not implemented by this server. Nothing was stored.',
    details: { Header: header },
  });
}
