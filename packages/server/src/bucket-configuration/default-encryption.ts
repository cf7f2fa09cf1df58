/** The encryption of objects whose writers do not ask for one. */
import type { BucketRecord, Encryption } from '@annals/store';
import { configurationsOf } from './bucket-configurations.js';

/** @returns What the rule of a bucket says; `undefined`: there is none. */
export function defaultEncryption(bucket: BucketRecord): Encryption | undefined {
  const rule = configurationsOf(bucket).encryption;
  if (rule === undefined) return undefined;
  const { algorithm, kmsMasterKeyId, kmsDataEncryption } = rule;
  return {
    algorithm,
    ...(kmsDataEncryption !== undefined && { dataAlgorithm: kmsDataEncryption }),
    ...(kmsMasterKeyId !== undefined && { keyId: kmsMasterKeyId }),
  };
}
