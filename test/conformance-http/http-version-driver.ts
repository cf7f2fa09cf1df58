/** The part of the conformance driver that works with versions, over HTTP. */
import {
  parseBucketStat,
  parseDeleteObjectsResult,
  parseListVersionsResult,
  parseTagging,
  parseXml,
  percentDecode,
} from '@annals/protocol';
import type { BodySource, DeleteResult, ObjectAcl, ObjectTarget, ObjectType, VersionTarget } from '@annals/store';
import type { ObservedVersionHead, VersionDriver } from '@annals/store/conformance';
import type { RawAnswer } from '../harness/http-exchange.js';
import type { TestRequest } from '../harness/test-server.js';

const STATUS = { enabled: 'Enabled', suspended: 'Suspended' } as const;

/** @param send Signs, sends, and throws what the driver's `failureOf` understands. */
export function openHttpVersionDriver(send: (request: TestRequest) => Promise<RawAnswer>): VersionDriver {
  const ask = (method: string, target: VersionTarget, more: Partial<TestRequest> = {}) =>
    send({ ...requestFor(target), method, ...more, query: { ...requestFor(target).query, ...more.query } });
  const written = async (request: TestRequest) => (await send(request)).headers['x-oss-version-id'];

  return {
    async setVersioning(bucket, versioning) {
      const body = `<VersioningConfiguration><Status>${STATUS[versioning]}</Status></VersioningConfiguration>`;
      await send({ method: 'PUT', bucket, query: { versioning: '' }, body });
    },
    put: (target, body, { forbidOverwrite = false } = {}) =>
      written({
        ...requestFor(target),
        method: 'PUT',
        headers: { ...lengthHeader(body), ...(forbidOverwrite && { 'x-oss-forbid-overwrite': 'true' }) },
        body: body.open(),
      }),
    append: (target, position, body) =>
      written({
        ...requestFor(target),
        method: 'POST',
        query: { append: '', position: String(position) },
        headers: lengthHeader(body),
        body: body.open(),
      }),
    putSymlink: (target, symlinkTarget) =>
      written({
        ...requestFor(target),
        method: 'PUT',
        query: { symlink: '' },
        headers: { 'x-oss-symlink-target': encodeURIComponent(symlinkTarget) },
      }),
    async remove(target) {
      const { headers } = await ask('DELETE', target);
      return deletion(headers['x-oss-version-id'], headers['x-oss-delete-marker'] === 'true');
    },
    async removeMany(bucket, targets) {
      if (targets.length === 0) return [];
      const objects = targets.map(({ key, versionId }) => {
        const version = versionId === undefined ? '' : `<VersionId>${versionId}</VersionId>`;
        return `<Object><Key>${key}</Key>${version}</Object>`;
      });
      const { body } = await send({
        method: 'POST',
        bucket,
        query: { delete: '' },
        body: `<Delete>${objects.join('')}</Delete>`,
      });
      return parseDeleteObjectsResult(body).deleted.map(({ versionId, isDeleteMarker, deleteMarkerVersionId }) =>
        deletion(deleteMarkerVersionId ?? versionId, isDeleteMarker ?? false),
      );
    },
    read: async (target) => (await ask('GET', target)).body,
    async head(target) {
      const { headers } = await ask('HEAD', target, { query: { objectMeta: '' } });
      const acl = parseXml((await ask('GET', target, { query: { acl: '' } })).body);
      const tags = parseTagging((await ask('GET', target, { query: { tagging: '' } })).body);
      return {
        ...(await typeOf(target)),
        length: Number(headers['content-length']),
        etag: headers.etag ?? '',
        versionId: headers['x-oss-version-id'],
        acl: grantOf(acl),
        tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
        lastModifiedAtMs: Date.parse(headers['last-modified'] ?? ''),
      };
    },
    async setAcl(target, acl) {
      await ask('PUT', target, { query: { acl: '' }, headers: { 'x-oss-object-acl': acl } });
    },
    async setTags(target, tags) {
      const set = Object.entries(tags).map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`);
      await ask('PUT', target, {
        query: { tagging: '' },
        body: `<Tagging><TagSet>${set.join('')}</TagSet></Tagging>`,
      });
    },
    async list({ bucket, prefix, delimiter, after, limit }) {
      const { body } = await send({
        method: 'GET',
        bucket,
        query: {
          versions: '',
          'encoding-type': 'url',
          'max-keys': String(limit),
          ...(prefix !== '' && { prefix }),
          ...(delimiter !== '' && { delimiter }),
          ...(after !== undefined && { 'key-marker': after.key }),
          ...(after?.versionId !== undefined && { 'version-id-marker': after.versionId }),
        },
      });
      const { versions, commonPrefixes, isTruncated, nextKeyMarker, nextVersionIdMarker } =
        parseListVersionsResult(body);
      return {
        versions: versions.map((entry) => ({
          key: entry.key,
          versionId: entry.versionId,
          isLatest: entry.isLatest,
          isDeleteMarker: entry.kind === 'delete-marker',
          length: entry.kind === 'delete-marker' ? 0 : entry.lengthBytes,
        })),
        commonPrefixes,
        isTruncated: isTruncated === true,
        next:
          nextKeyMarker === undefined
            ? undefined
            : { key: nextKeyMarker, ...(nextVersionIdMarker !== undefined && { versionId: nextVersionIdMarker }) },
      };
    },
    async statistics(bucket) {
      const { body } = await send({ method: 'GET', bucket, query: { stat: '' } });
      const { objectCount, storageBytes, deleteMarkerCount } = parseBucketStat(body);
      return { objectCount, lengthBytes: storageBytes, deleteMarkerCount };
    },
  };

  /** HEAD follows a link, so what is one must be found out first. */
  async function typeOf(target: VersionTarget): Promise<Pick<ObservedVersionHead, 'type' | 'symlinkTarget'>> {
    const link = await ask('GET', target, { query: { symlink: '' } }).catch(() => undefined);
    const encoded = link?.headers['x-oss-symlink-target'];
    const decoded = encoded === undefined ? undefined : percentDecode(encoded);
    if (decoded !== undefined && 'text' in decoded) return { type: 'symlink', symlinkTarget: decoded.text };
    const { headers } = await ask('HEAD', target);
    return { type: headers['x-oss-object-type']?.toLowerCase() as ObjectType };
  }
}

function requestFor({ bucket, key, versionId }: ObjectTarget & { readonly versionId?: string }) {
  return { bucket, key, ...(versionId !== undefined && { query: { versionId } }) };
}

function lengthHeader({ length }: BodySource): Record<string, string> {
  return length === undefined ? {} : { 'content-length': String(length) };
}

function deletion(versionId: string | undefined, deleteMarker: boolean): DeleteResult {
  return { ...(versionId !== undefined && { versionId }), deleteMarker };
}

function grantOf(policy: ReturnType<typeof parseXml>): ObjectAcl {
  const list = policy.children.find(({ name }) => name === 'AccessControlList');
  return list?.children.find(({ name }) => name === 'Grant')?.text as ObjectAcl;
}
