/** Uploads a file; the next process goes on where this one ends. */
import type { Client } from '../client.js';
import type { UploadInput } from '../transfer/upload.js';
import type { UploadResult } from '../transfer/upload-plan.js';
import { fileSource } from './file-source.js';
import { resumeFile } from './resume-file.js';

/** What to upload, and how. */
export interface UploadFileInput extends Omit<UploadInput, 'source' | 'resume'> {
  /** Of a regular file. */
  readonly path: string;
  /** Where the upload notes how far it is. Default: it does not, and a failed upload is given up. */
  readonly resumePath?: string;
}

/**
 * Stores a file whole or not at all; see `upload`.
 * @throws What the file system says of the file, and as `upload`.
 */
export async function uploadFile(client: Pick<Client, 'upload'>, input: UploadFileInput): Promise<UploadResult> {
  const { path, resumePath, ...options } = input;
  const source = await fileSource(path);
  return client.upload({ ...options, source, ...(resumePath !== undefined && { resume: resumeFile(resumePath) }) });
}
