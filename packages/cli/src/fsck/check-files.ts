/**
 * Checks the files beside the store: the root key pair, the master key, the keys of KMS, the key of callbacks, the
 * audit log. Makes none of them.
 */
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AUDIT_FOLDER_NAME, CallbackKey, KMS_FOLDER_NAME, MASTER_KEY_FILE_NAME, verifyAuditLog } from '@annals/server';
import type { Finding, KeyWrapping } from '@annals/store';
import { describeError, systemErrorCode } from '../command-failure.js';
import { MASTER_KEY_VARIABLE } from '../serve/master-key-variable.js';
import { openKeys } from '../serve/open-keys.js';
import { openRootKeys, ROOT_KEY_FILE_NAME } from '../serve/open-root-keys.js';
import type { FsckOptions } from './fsck-options.js';

/** @returns What opens encrypted objects, when the keys are there. */
export async function checkFiles(
  folder: string,
  options: FsckOptions,
  report: (finding: Finding) => void,
): Promise<KeyWrapping | undefined> {
  const attempt = async <Result>(check: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await check();
    } catch (error) {
      report({ kind: 'file-unusable', severity: 'damage', message: describeError(error) });
      return undefined;
    }
  };
  if (await isThere(join(folder, ROOT_KEY_FILE_NAME)))
    await attempt(() => openRootKeys(folder, { given: undefined, file: undefined }));
  const callbackKey = join(folder, 'callback-key.pem');
  if (await isThere(callbackKey)) {
    await attempt(async () => {
      const pem = await readFile(callbackKey, 'utf8');
      try {
        CallbackKey.fromPem(pem);
      } catch {
        // Without the cause: it may quote the key.
        throw new Error(`Cannot use the key that signs callbacks in ${callbackKey}: expected an RSA key in PEM`);
      }
    });
  }
  const auditFolder = join(folder, AUDIT_FOLDER_NAME);
  if (await isThere(auditFolder)) await attempt(() => checkAuditLog(auditFolder, options.auditSince, report));
  const configured = options.masterKeyFile ?? process.env[MASTER_KEY_VARIABLE];
  if (configured === undefined && !(await isThere(join(folder, MASTER_KEY_FILE_NAME)))) return undefined;
  const kmsFolder = options.kmsFolder === undefined ? join(folder, KMS_FOLDER_NAME) : resolve(options.kmsFolder);
  const kms = { folder: kmsFolder, 'default-key': 'default' };
  return (await attempt(() => openKeys(folder, { kms }, configured)))?.wrapping;
}

/** What was cut off at its end shows only against a hash that was noted: `annals audit verify --expect`. */
async function checkAuditLog(
  folder: string,
  since: string | undefined,
  report: (finding: Finding) => void,
): Promise<void> {
  const { faults, unlistedFaultCount } = await verifyAuditLog(folder, since === undefined ? {} : { since });
  for (const { file, line, problem } of faults) {
    const place = line === 0 ? file : `${file}:${line}`;
    report({
      kind: 'file-unusable',
      severity: 'damage',
      message: `The audit log is not as it was written: ${place}: ${problem}`,
    });
  }
  if (unlistedFaultCount > 0) {
    const message = `The audit log is not as it was written: ${unlistedFaultCount} more faults; "annals audit verify" says more`;
    report({ kind: 'file-unusable', severity: 'damage', message });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
