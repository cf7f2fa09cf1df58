/**
 * Rows of operations that put, get and delete one configuration of a bucket. Most sub-resources differ in nothing but
 * their document and the error when there is none; those that do more have rows of their own.
 */
import {
  type ErrorCode,
  type OperationName,
  OssError,
  parsePlainConfiguration,
  renderXml,
  withLowerCaseFlags,
  type XmlContent,
  type XmlPieces,
} from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import type { BucketConfigurations } from '../../bucket-configuration/configuration-members.js';
import {
  type BuiltOperation,
  defineOperation,
  type OperationContext,
  type OperationFacts,
} from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import type { RequiredPermission } from '../../request/required-permission.js';
import { longXmlResponse, xmlResponse } from '../answering/xml-response.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';

type Member = keyof BucketConfigurations;
type ValueOf<Name extends Member> = NonNullable<BucketConfigurations[Name]>;

/** What a row of this kind has to say of itself. */
export type ConfigurationFacts<Operation extends OperationName> = Omit<OperationFacts<Operation>, 'anonymous'> & {
  readonly effect: 'works' | 'kept';
};

interface PutInput<Value> {
  readonly bucket: string;
  readonly value: Value;
}

/**
 * Row of an operation that replaces a configuration. `undefined` as the parsed value removes it.
 * @param others Rights on what else the document names, such as another bucket.
 * @param report Headers that say what is odd about it.
 * @param admit Refuses a value that does not go with what the bucket was told before. Part of the commit.
 */
export function putConfiguration<const Operation extends OperationName, Name extends Member>(
  facts: ConfigurationFacts<Operation>,
  member: Name,
  parse: (
    document: Uint8Array,
    request: OperationRequest,
    context: OperationContext,
  ) => ValueOf<Name> | undefined | Promise<ValueOf<Name> | undefined>,
  others?: (value: ValueOf<Name> | undefined, request: OperationRequest) => readonly RequiredPermission[],
  report: (value: ValueOf<Name> | undefined, bucket: string) => Readonly<Record<string, string>> = () => ({}),
  admit?: (value: ValueOf<Name> | undefined, record: BucketRecord) => void,
): BuiltOperation<Operation, never, never> {
  return defineOperation<Operation, PutInput<ValueOf<Name> | undefined>, BucketRecord>({
    ...facts,
    anonymous: 'if granted',
    permissions: ownAction('owner'),
    ...(others !== undefined && {
      bodyPermissions({ value }: PutInput<ValueOf<Name> | undefined>, request: OperationRequest) {
        return [...ownAction('owner')(request), ...others(value, request)];
      },
    }),
    async parse(request, context) {
      const value = await parse(await readConfigurationDocument(request), request, context);
      return { bucket: requireBucket(request), value };
    },
    handle: ({ bucket, value }, { store }) =>
      store.updateBucket(bucket, (record) => {
        admit?.(value, record);
        return { configurations: { [member]: value } };
      }),
    render: (_, { value, bucket }) => ({ status: 200, headers: report(value, bucket) }),
  });
}

/**
 * Row of an operation that shows a configuration.
 * @param absent What is shown, or the error, when there is none.
 */
export function getConfiguration<const Operation extends OperationName, Name extends Member>(
  facts: ConfigurationFacts<Operation>,
  member: Name,
  render: (value: ValueOf<Name>) => string | XmlPieces,
  absent: ErrorCode | (() => string),
): BuiltOperation<Operation, never, never> {
  return defineOperation<Operation, string, string | XmlPieces>({
    ...facts,
    anonymous: 'if granted',
    permissions: ownAction('owner'),
    parse: requireBucket,
    async handle(bucket, { store }) {
      const value = configurationsOf(await store.getBucket(bucket))[member];
      if (value !== undefined) return render(value as ValueOf<Name>);
      if (typeof absent === 'function') return absent();
      throw new OssError(absent, { details: { BucketName: bucket } });
    },
    render: (document) => (typeof document === 'string' ? xmlResponse(document) : longXmlResponse(document)),
  });
}

/** Row of an operation that removes a configuration; one that is not there is no error. */
export function deleteConfiguration<const Operation extends OperationName>(
  facts: ConfigurationFacts<Operation>,
  member: Member,
): BuiltOperation<Operation, never, never> {
  return defineOperation<Operation, string, BucketRecord>({
    ...facts,
    anonymous: 'if granted',
    permissions: ownAction('owner'),
    parse: requireBucket,
    handle: (bucket, { store }) => store.updateBucket(bucket, { configurations: { [member]: undefined } }),
    render: () => ({ status: 204, headers: {} }),
  });
}

/** Members that are kept and given back without being understood. */
type PlainMember = {
  [Name in Member]: ValueOf<Name> extends XmlContent ? (XmlContent extends ValueOf<Name> ? Name : never) : never;
}[Member];

/**
 * Row that puts a document without effect.
 * @param check Refuses a document that does not say what it is there to say.
 * @param admit Refuses one that does not go with what the bucket was told before.
 */
export function putPlainConfiguration<const Operation extends OperationName>(
  facts: ConfigurationFacts<Operation>,
  member: PlainMember,
  root: string,
  check: (content: XmlContent) => void,
  admit?: (content: XmlContent, record: BucketRecord) => void,
): BuiltOperation<Operation, never, never> {
  return putConfiguration(
    facts,
    member,
    (document) => {
      const content = parsePlainConfiguration(document, root);
      check(content);
      return content;
    },
    undefined,
    undefined,
    (content, record) => content !== undefined && admit?.(content, record),
  );
}

/**
 * Row that shows a document without effect.
 * @param absent Content shown, or the error, when there is none.
 * @param complete Adds what the document did not say.
 */
export function getPlainConfiguration<const Operation extends OperationName>(
  facts: ConfigurationFacts<Operation>,
  member: PlainMember,
  root: string,
  absent: ErrorCode | XmlContent,
  complete: (content: XmlContent) => XmlContent = (content) => content,
): BuiltOperation<Operation, never, never> {
  const fallback = typeof absent === 'string' ? absent : () => renderXml(root, absent);
  return getConfiguration(facts, member, (content) => renderXml(root, complete(withLowerCaseFlags(content))), fallback);
}
