/**
 * A bucket that speaks the OSS protocol as target of backups. The service compares CRC-64s of what it stored with ours.
 */
import { AnnalsError, type Client, OssServiceError, readAll } from '@annals/client';
import { describeError } from '../command-failure.js';
import { type BackupTarget, BackupTargetFailed, type TargetFile } from './backup-target.js';

/** Where in the bucket. */
export interface OssTargetOptions {
  readonly client: Client;
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
}

/** Keeps backups in a bucket. */
export class OssTarget implements BackupTarget {
  readonly place: string;
  readonly #options: OssTargetOptions;

  constructor(options: OssTargetOptions) {
    this.#options = options;
    this.place = `oss://${options.bucket}/${options.prefix}`;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const { client, bucket, prefix } = this.#options;
    await this.#run(`write "${name}"`, () => client.putObject({ bucket, key: prefix + name, body: bytes }));
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const { client, bucket, prefix } = this.#options;
    return this.#run(`read "${name}"`, async () => {
      try {
        const { body } = await client.getObject({ bucket, key: prefix + name });
        return await readAll(body);
      } catch (error) {
        if (error instanceof OssServiceError && error.code === 'NoSuchKey') return undefined;
        throw error;
      }
    });
  }

  async *list(prefix: string): AsyncGenerator<TargetFile> {
    const { client, bucket, prefix: root } = this.#options;
    try {
      for await (const { objects } of client.listObjects({ bucket, prefix: root + prefix })) {
        for (const { key, lengthBytes } of objects) yield { name: key.slice(root.length), length: lengthBytes };
      }
    } catch (error) {
      throw this.#failure(`list "${prefix}"`, error);
    }
  }

  async delete(name: string): Promise<void> {
    const { client, bucket, prefix } = this.#options;
    await this.#run(`delete "${name}"`, () => client.deleteObject({ bucket, key: prefix + name }));
  }

  /** A request that is broken off leaves no object. */
  async deleteUnfinished(): Promise<void> {}

  async #run<Result>(action: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw this.#failure(action, error);
    }
  }

  #failure(action: string, error: unknown): unknown {
    if (!(error instanceof AnnalsError)) return error;
    return new BackupTargetFailed(`Cannot ${action} in ${this.place}: ${describeError(error)}`, error);
  }
}
