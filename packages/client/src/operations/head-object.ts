/** HeadObject: everything known of an object but its bytes. */
import type { CallOptions } from '../client-options.js';
import type { Connection } from '../connection/connection.js';
import { required } from '../connection/response-headers.js';
import { type ObjectHead, readObjectHead } from './object-head.js';

/** The object to look at. */
export interface HeadObjectInput extends CallOptions {
  readonly bucket: string;
  readonly key: string;
}

/** As `ObjectHead`, with the length certain. */
export interface HeadObjectResult extends ObjectHead {
  readonly length: number;
}

/**
 * Looks at an object. What it reports is durable.
 * @throws {OssServiceError} `NoSuchKey`, `NoSuchBucket`.
 */
export async function headObject(connection: Connection, input: HeadObjectInput): Promise<HeadObjectResult> {
  const action = `look at oss://${input.bucket}/${input.key}`;
  const { response } = await connection.sendForHeaders({ ...input, action, method: 'HEAD' });
  const head = readObjectHead(response.headers);
  return { ...head, length: required(head.length, 'Content-Length', action, 'not-applied') };
}
