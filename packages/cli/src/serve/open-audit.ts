/** The audit log of a running server: opened with its folder, and told of starts and stops. */
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import {
  AUDIT_FILE_LENGTH_BYTES_MAX,
  AUDIT_FOLDER_NAME,
  type AuditActor,
  AuditLog,
  type OpenLog,
} from '@annals/server';
import { CommandFailure, describeError } from '../command-failure.js';
import type { Configuration } from '../configuration/schema.js';
import type { ClosingStack } from './closing-stack.js';

/**
 * Opens the log.
 * @param folder Data folder, which must be locked.
 * @throws {CommandFailure} It cannot be used.
 */
export async function openAudit(folder: string, opened: ClosingStack): Promise<AuditLog> {
  const auditFolder = join(folder, AUDIT_FOLDER_NAME);
  try {
    const audit = await AuditLog.open({ folder: auditFolder, fileLengthBytesMax: AUDIT_FILE_LENGTH_BYTES_MAX });
    opened.push(() => audit.close());
    return audit;
  } catch (error) {
    const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new CommandFailure(`Cannot open the audit log in ${auditFolder}: ${describeError(reason)}`, { cause: error });
  }
}

/**
 * Records that the server serves now, what it was told, and which keys it has: a key that was rotated, added or taken
 * away shows. A full disk does not keep it from serving.
 * @param keys Ids of the versions of its encryption keys.
 */
export function recordStart(
  audit: AuditLog,
  configuration: Configuration,
  keys: object,
  log: OpenLog['log'],
): Promise<void> {
  const { host, port, domain, region, bucket } = configuration;
  const detail = { processId: process.pid, hostName: hostname(), host, port, domain, region, bucket, keys };
  return record(audit, 'server.Start', detail, log);
}

/** Records that the server stops. @param signal `undefined`: it could not start. */
export function recordStop(audit: AuditLog, signal: string | undefined, log: OpenLog['log']): Promise<void> {
  return record(audit, 'server.Stop', { processId: process.pid, signal }, log);
}

/** Records what the operator has done to the process; a failure goes to the log. */
async function record(
  audit: AuditLog,
  action: string,
  detail: Readonly<Record<string, unknown>>,
  log: OpenLog['log'],
): Promise<void> {
  try {
    await audit.append({ phase: 'event', action, actor: operator(), result: 'done', detail });
  } catch (error) {
    log.error({ err: error, action }, 'the audit log takes no records');
  }
}

/** @returns The account of the operating system that this process runs as. */
export function operator(): AuditActor {
  try {
    return { kind: 'operator', name: userInfo().username };
  } catch {
    // In some containers the user has no name.
    return { kind: 'operator', name: String(process.getuid?.() ?? '') };
  }
}
