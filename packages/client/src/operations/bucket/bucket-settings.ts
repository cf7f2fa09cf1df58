/**
 * The documents that a bucket can be given: how each is asked for, written and read, in one table. Their types and
 * forms on the wire are the protocol package's, but for the policy (`bucket-policy.ts`).
 */
import {
  type BucketEncryptionRule,
  type CorsConfiguration,
  contentMd5Of,
  type LifecycleConfiguration,
  type LoggingTarget,
  parseCorsConfiguration,
  parseEncryptionRule,
  parseLifecycleConfiguration,
  parseLoggingStatus,
  parseRefererConfiguration,
  parseTagging,
  parseVersioningConfiguration,
  parseWebsiteConfiguration,
  type RefererConfiguration,
  renderCorsConfiguration,
  renderEncryptionRule,
  renderLifecycleConfiguration,
  renderLoggingStatus,
  renderRefererConfiguration,
  renderTagging,
  renderVersioningConfiguration,
  renderWebsiteConfiguration,
  type Tag,
  type VersioningStatus,
  type WebsiteConfiguration,
} from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { OssServiceError } from '../../error.js';
import { type BucketPolicy, parseBucketPolicy, renderBucketPolicy } from './bucket-policy.js';
import type { BucketTarget } from './bucket-target.js';

/** What a bucket is to be set to. */
export interface PutBucketSettingInput<Value> extends BucketTarget {
  /** Replaces what was set. */
  readonly value: Value;
}

/** A document that a bucket always has, or has from the first time on. */
export interface BucketSetting<Value> {
  /**
   * Reads what is set; `undefined` where nothing is. A document with something in it that this client does not know is
   * `InvalidResponse`: writing back what was read must not lose a part of it.
   * @throws {OssServiceError} `NoSuchBucket`, `AccessDenied`.
   */
  get(input: BucketTarget): Promise<Value | undefined>;
  /** @throws {OssServiceError} `NoSuchBucket`, `AccessDenied`, and what the server has against the value. */
  put(input: PutBucketSettingInput<Value>): Promise<void>;
}

/** A document that can be taken away from a bucket. */
export interface RemovableBucketSetting<Value> extends BucketSetting<Value> {
  /** Removes what is set; nothing is no error. @throws {OssServiceError} `NoSuchBucket`, `AccessDenied`. */
  delete(input: BucketTarget): Promise<void>;
}

/** Each document of a bucket. */
export interface BucketSettings {
  /** Whether versions are kept; `undefined` for a bucket that never did. */
  readonly versioning: BucketSetting<VersioningStatus>;
  /** At most 20; none is an empty list. */
  readonly tags: RemovableBucketSetting<readonly Tag[]>;
  /** What expires or moves, and when. */
  readonly lifecycle: RemovableBucketSetting<LifecycleConfiguration>;
  /** What pages of other origins may do. */
  readonly cors: RemovableBucketSetting<CorsConfiguration>;
  /** Who may do what. */
  readonly policy: RemovableBucketSetting<BucketPolicy>;
  /** How objects are encrypted that say nothing of it themselves. */
  readonly encryption: RemovableBucketSetting<BucketEncryptionRule>;
  /** Where the access log goes. */
  readonly logging: RemovableBucketSetting<LoggingTarget>;
  /** Which pages may lead here. */
  readonly referer: BucketSetting<RefererConfiguration>;
  /** How it is served as a website. */
  readonly website: RemovableBucketSetting<WebsiteConfiguration>;
}

/** Makes the settings of the buckets of one connection. */
export function bucketSettings(connection: Connection): BucketSettings {
  const setting = <Value>(row: SettingRow<Value>) => removableSetting(connection, row);
  return {
    versioning: lastingSetting<VersioningStatus>(connection, {
      name: 'versioning',
      render: renderVersioningConfiguration,
      parse: parseVersioningConfiguration,
    }),
    tags: setting({ name: 'tagging', render: renderTagging, parse: parseTagging }),
    lifecycle: setting({
      name: 'lifecycle',
      missing: 'NoSuchLifecycle',
      render: renderLifecycleConfiguration,
      parse: parseLifecycleConfiguration,
    }),
    cors: setting({
      name: 'cors',
      missing: 'NoSuchCORSConfiguration',
      render: renderCorsConfiguration,
      parse: parseCorsConfiguration,
    }),
    policy: setting({
      name: 'policy',
      missing: 'NoSuchBucketPolicy',
      contentType: 'application/json',
      render: renderBucketPolicy,
      parse: parseBucketPolicy,
    }),
    encryption: setting({
      name: 'encryption',
      missing: 'NoSuchServerSideEncryptionRule',
      render: renderEncryptionRule,
      parse: parseEncryptionRule,
    }),
    logging: setting<LoggingTarget>({ name: 'logging', render: renderLoggingStatus, parse: parseLoggingStatus }),
    referer: lastingSetting(connection, {
      name: 'referer',
      render: renderRefererConfiguration,
      parse: parseRefererConfiguration,
    }),
    website: setting({
      name: 'website',
      missing: 'NoSuchWebsiteConfiguration',
      render: renderWebsiteConfiguration,
      parse: parseWebsiteConfiguration,
    }),
  };
}

interface SettingRow<Value> {
  /** The sub-resource. */
  readonly name: string;
  /** What the server says where nothing is set; without it there is always a document. */
  readonly missing?: string;
  /** Default `application/xml`. */
  readonly contentType?: string;
  render(value: Value): string;
  parse(document: string): Value | undefined;
}

/** A document that stays once it is there. */
function lastingSetting<Value>(connection: Connection, row: SettingRow<Value>): BucketSetting<Value> {
  const { get, put } = removableSetting(connection, row);
  return { get, put };
}

function removableSetting<Value>(connection: Connection, row: SettingRow<Value>): RemovableBucketSetting<Value> {
  const { name, missing, contentType = 'application/xml' } = row;
  const query = [[name, ''] as const];
  return {
    async get(input) {
      const call = { ...input, action: `read the ${name} of oss://${input.bucket}`, method: 'GET', query } as const;
      try {
        return await connection.sendForDocument(call, (document) => row.parse(document));
      } catch (error) {
        if (missing !== undefined && error instanceof OssServiceError && error.code === missing) return undefined;
        throw error;
      }
    },
    async put({ value, ...input }) {
      const document = row.render(value);
      await connection.sendForHeaders({
        ...input,
        action: `set the ${name} of oss://${input.bucket}`,
        method: 'PUT',
        query,
        headers: { 'content-type': contentType, 'content-md5': contentMd5Of(document) },
        body: document,
        repeat: 'always',
      });
    },
    async delete(input) {
      const action = `remove the ${name} of oss://${input.bucket}`;
      await connection.sendForHeaders({ ...input, action, method: 'DELETE', query, repeat: 'always' });
    },
  };
}
