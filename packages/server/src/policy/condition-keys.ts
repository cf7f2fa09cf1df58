/**
 * The facts of a request that conditions can ask about, by the names policies give them.
 * Leaves out comparing (`conditions.ts`).
 */
import { formatIsoTime } from '@annals/protocol';

/** Tag keys to values. */
export type Tags = Readonly<Record<string, string>>;

/**
 * What conditions may look at. What is known of every request is stated, `undefined` where this one has none; the rest
 * is there when it applies. A key whose fact is missing counts as missing.
 */
export interface ConditionFacts {
  /** Address of the client. */
  readonly sourceIp: string | undefined;
  readonly sourceVpc?: string;
  readonly userAgent: string | undefined;
  readonly receivedAtMs: number;
  readonly isSecure: boolean;
  readonly accessKeyId: string | undefined;
  readonly isMfaPresent?: boolean;
  /** `acs:ram::uid:user/name`, `acs:ram::uid:assumed-role/role/session` or `acs:ram::uid:root`. */
  readonly principalArn: string | undefined;
  /** Listings only; empty there when the parameter is missing. */
  readonly prefix?: string;
  readonly delimiter?: string;
  /** Tags that the request brings along. */
  readonly requestObjectTags?: Tags;
  /** Costs a read; called only when a condition asks. @returns `undefined` when there is no bucket. */
  bucketTags(): Promise<Tags | undefined>;
  /** Costs a read; called only when a condition asks. @returns `undefined` when there is no object. */
  existingObjectTags(): Promise<Tags | undefined>;
}

/** A fact that conditions can ask about, by the name that policies give it. Looking at a costly one takes a read. */
export type ConditionKey =
  | { readonly name: string; readonly isCostly: false; look(facts: ConditionFacts): string | undefined }
  | { readonly name: string; readonly isCostly: true; look(facts: ConditionFacts): Promise<string | undefined> };

/** Bounds the work of matching; browsers send some 200. */
const USER_AGENT_LENGTH_MAX = 2048;

function cheap(name: string, look: (facts: ConditionFacts) => string | undefined): ConditionKey {
  return { name, isCostly: false, look };
}

const plainKeys: readonly ConditionKey[] = [
  cheap('acs:SourceIp', (facts) => facts.sourceIp),
  cheap('acs:SourceVpc', (facts) => facts.sourceVpc),
  cheap('acs:UserAgent', (facts) => facts.userAgent?.slice(0, USER_AGENT_LENGTH_MAX)),
  cheap('acs:CurrentTime', (facts) => formatIsoTime(facts.receivedAtMs)),
  cheap('acs:SecureTransport', (facts) => String(facts.isSecure)),
  cheap('acs:AccessId', (facts) => facts.accessKeyId),
  cheap('acs:MFAPresent', (facts) => facts.isMfaPresent?.toString()),
  cheap('acs:PrincipalArn', (facts) => facts.principalArn),
  cheap('oss:Prefix', (facts) => facts.prefix),
  cheap('oss:Delimiter', (facts) => facts.delimiter),
];

const plainKeysByName = new Map(plainKeys.map((key) => [key.name.toLowerCase(), key]));

/** Keys that go on with the key of a tag. */
const tagKeys: readonly { readonly prefix: string; make(name: string, tagKey: string): ConditionKey }[] = [
  {
    prefix: 'oss:BucketTag/',
    make: (name, tagKey) => ({
      name,
      isCostly: true,
      look: async (facts) => tagValue(await facts.bucketTags(), tagKey),
    }),
  },
  {
    prefix: 'oss:ExistingObjectTag/',
    make: (name, tagKey) => ({
      name,
      isCostly: true,
      look: async (facts) => tagValue(await facts.existingObjectTags(), tagKey),
    }),
  },
  {
    prefix: 'oss:RequestObjectTag/',
    make: (name, tagKey) => cheap(name, (facts) => tagValue(facts.requestObjectTags, tagKey)),
  },
];

/**
 * Finds a key.
 * @param name As a policy spells it: case does not matter, but for the tag's key.
 * @returns `undefined` if there is no such key.
 */
export function findConditionKey(name: string): ConditionKey | undefined {
  const lowerName = name.toLowerCase();
  const plain = plainKeysByName.get(lowerName);
  if (plain !== undefined) return plain;
  const kind = tagKeys.find(({ prefix }) => lowerName.startsWith(prefix.toLowerCase()));
  if (kind === undefined || name.length === kind.prefix.length) return undefined;
  const tagKey = name.slice(kind.prefix.length);
  return kind.make(kind.prefix + tagKey, tagKey);
}

function tagValue(tags: Tags | undefined, tagKey: string): string | undefined {
  return tags !== undefined && Object.hasOwn(tags, tagKey) ? tags[tagKey] : undefined;
}
