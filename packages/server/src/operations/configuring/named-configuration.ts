/**
 * Configurations a bucket has many of, each with an id of its own: inventories, styles, limits of those who ask.
 * Without effect on this server.
 */
import { invalidArgument, type OperationName, OssError, type XmlContent } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { type BuiltOperation, defineOperation, type OperationContext } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import type { RequiredPermission } from '../../request/required-permission.js';
import { xmlResponse } from '../answering/xml-response.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';
import type { ConfigurationFacts } from './stored-configuration.js';

/** What tells one kind of them from another. */
export interface NamedKind {
  readonly member: 'inventory' | 'style' | 'requesterQosInfo';
  /** Query parameter with the id. */
  readonly parameter: string;
  readonly id: RegExp;
  readonly missing: 'NoSuchInventory' | 'NoSuchStyle' | 'NoSuchConfiguration';
  /** Absent: as many as the bucket's row has room for. */
  readonly countMax?: number;
  /** A request without the id is refused for that; otherwise it is another operation, or the id is a wrong one. */
  readonly requiresParameter?: true;
}

interface NamedInput {
  readonly bucket: string;
  readonly id: string;
}

function readNamed(request: OperationRequest, { parameter, id: pattern, requiresParameter }: NamedKind): NamedInput {
  const id = request.query.get(parameter) ?? '';
  if (id === '' && requiresParameter) throw new OssError('MissingArgument', { details: { ArgumentName: parameter } });
  if (!pattern.test(id)) throw invalidArgument(parameter, id);
  return { bucket: requireBucket(request), id };
}

/**
 * Row that adds or replaces one.
 * @param others Rights on what else the document names, such as another bucket.
 * @param check Refuses a document that names what is not there.
 */
export function putNamed<const Operation extends OperationName>(
  facts: ConfigurationFacts<Operation>,
  kind: NamedKind,
  parse: (document: Uint8Array, id: string, request: OperationRequest) => XmlContent,
  keep: (content: XmlContent, before: XmlContent | undefined, context: OperationContext) => XmlContent,
  others?: (content: XmlContent) => readonly RequiredPermission[],
  check?: (content: XmlContent, context: OperationContext) => Promise<void>,
): BuiltOperation<Operation, never, never> {
  return defineOperation<Operation, NamedInput & { readonly content: XmlContent }, BucketRecord>({
    ...facts,
    anonymous: 'if granted',
    permissions: ownAction('owner'),
    ...(others !== undefined && {
      bodyPermissions({ content }: { readonly content: XmlContent }, request: OperationRequest) {
        return [...ownAction('owner')(request), ...others(content)];
      },
    }),
    async parse(request) {
      const input = readNamed(request, kind);
      return { ...input, content: parse(await readConfigurationDocument(request), input.id, request) };
    },
    async handle({ bucket, id, content }, context) {
      await check?.(content, context);
      return context.store.updateBucket(bucket, (record) => {
        const before = configurationsOf(record)[kind.member] ?? {};
        const { countMax = Number.POSITIVE_INFINITY } = kind;
        if (!Object.hasOwn(before, id) && Object.keys(before).length >= countMax) {
          throw invalidArgument(kind.parameter, id, `A bucket cannot have more than ${countMax} of these.`);
        }
        return { configurations: { [kind.member]: { ...before, [id]: keep(content, before[id], context) } } };
      });
    },
    render: () => ({ status: 200, headers: {} }),
  });
}

/** Row that shows one. */
export function getNamed<const Operation extends OperationName>(
  facts: ConfigurationFacts<Operation>,
  kind: NamedKind,
  render: (content: XmlContent, id: string) => string,
): BuiltOperation<Operation, never, never> {
  return defineOperation<Operation, NamedInput, string>({
    ...facts,
    anonymous: 'if granted',
    permissions: ownAction('owner'),
    parse: (request) => readNamed(request, kind),
    async handle({ bucket, id }, { store }) {
      const all = configurationsOf(await store.getBucket(bucket))[kind.member] ?? {};
      const content = Object.hasOwn(all, id) ? all[id] : undefined;
      if (content === undefined) throw new OssError(kind.missing, { details: { BucketName: bucket } });
      return render(content, id);
    },
    render: (document) => xmlResponse(document),
  });
}

/** Row that removes one; one that is not there is no error. */
export function deleteNamed<const Operation extends OperationName>(
  facts: ConfigurationFacts<Operation>,
  kind: NamedKind,
): BuiltOperation<Operation, never, never> {
  return defineOperation<Operation, NamedInput, BucketRecord>({
    ...facts,
    anonymous: 'if granted',
    permissions: ownAction('owner'),
    parse: (request) => readNamed(request, kind),
    handle: ({ bucket, id }, { store }) =>
      store.updateBucket(bucket, (record) => {
        const { [id]: _removed, ...left } = configurationsOf(record)[kind.member] ?? {};
        return { configurations: { [kind.member]: left } };
      }),
    render: () => ({ status: 204, headers: {} }),
  });
}
