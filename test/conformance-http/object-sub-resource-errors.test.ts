/**
 * Every documented refusal of ACL, tags, links and restoring of an object, and of deleting objects: whole documents and
 * all headers.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { ExactError } from './error-document.js';
import {
  BUCKET,
  type FixtureRequest,
  linkTo,
  openRefusalFixture,
  type RefusalFixture,
} from './object-refusal-fixture.js';
import {
  ACL_MESSAGE,
  accessDenied,
  digestMismatch,
  emptyVersion,
  invalidArgument,
  MISSING_BUCKET,
  MISSING_VERSION,
  malformedVersion,
  malformedXml,
  missingArgument,
  nameNotValid,
  nameTooLong,
  noSuchBucket,
  noSuchKey,
  noSuchVersion,
  refusal,
} from './object-refusals.js';

const tagFault = (details: ExactError['details']) =>
  refusal(400, 'InvalidTag', 'The TagKey you have provided is invalid', details);

let fixture: RefusalFixture;

beforeAll(async () => {
  fixture = await openRefusalFixture();
});

afterAll(() => fixture.close());

describe('sub-resources refuse', () => {
  const acl = (value?: string): FixtureRequest => ({
    method: 'PUT',
    query: { acl: '' },
    ...(value !== undefined && { headers: { 'x-oss-object-acl': value } }),
  });
  const tagging = (...tags: readonly (readonly [string, string])[]): FixtureRequest => ({
    method: 'PUT',
    query: { tagging: '' },
    body: `<Tagging><TagSet>${tags.map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`).join('')}</TagSet></Tagging>`,
  });
  const restore = (body = '', more: FixtureRequest = {}): FixtureRequest => ({
    method: 'POST',
    body,
    ...more,
    query: { restore: '', ...more.query },
  });
  const notArchived: ExactError = {
    ...refusal(400, 'OperationNotSupported', 'The operation is not supported for this resource', [
      ['Detail', 'RestoreObject operation does not support this object storage class'],
    ]),
    ec: '0016-00000702',
  };
  const wrongTarget = (value: string) => invalidArgument('x-oss-symlink-target', value);
  const TAG_VALUE = 'The TagValue you have provided is invalid';
  test.each<[string, FixtureRequest, ExactError]>([
    ['PutObjectAcl without an ACL', acl(), { ...missingArgument('x-oss-object-acl'), ec: '0017-00000105' }],
    ['PutObjectAcl with an unknown one', acl('everyone'), invalidArgument('x-oss-object-acl', 'everyone', ACL_MESSAGE)],
    ['PutObjectAcl of nothing', { ...acl('private'), key: 'missing' }, noSuchKey('missing')],
    ['PutObjectTagging of nothing', { ...tagging(['a', '1']), key: 'missing' }, noSuchKey('missing')],
    [
      'DeleteObjectTagging of nothing',
      { method: 'DELETE', key: 'missing', query: { tagging: '' } },
      noSuchKey('missing'),
    ],
    [
      'a tag twice',
      tagging(['a', '1'], ['a', '2']),
      { ...refusal(400, 'RepeatedTags', 'Tag keys must be unique.'), ec: '0010-00000210' },
    ],
    [
      'eleven tags',
      tagging(...Array.from({ length: 11 }, (_, index) => [`k${index}`, 'v'] as const)),
      refusal(400, 'BadRequest', 'Object tags cannot be greater than 10'),
    ],
    ['an illegal tag', tagging(['a!', '1']), tagFault([['TagKey', 'a!']])],
    ['a nameless tag', tagging(['', '1']), tagFault([])],
    [
      'a long name of a tag',
      tagging(['k'.repeat(129), '1']),
      { ...tagFault([['TagKey', 'k'.repeat(129)]]), ec: '0010-00000209' },
    ],
    [
      'a long value of a tag',
      tagging(['a', 'v'.repeat(257)]),
      refusal(400, 'InvalidTag', TAG_VALUE, [
        ['TagKey', 'a'],
        ['TagValue', 'v'.repeat(257)],
      ]),
    ],
    [
      'tags of another kind',
      { ...tagging(), body: '<Other/>' },
      malformedXml('The root element must be Tagging, not Other.'),
    ],
    ['PutSymlink without a target', { method: 'PUT', query: { symlink: '' } }, missingArgument('x-oss-symlink-target')],
    ['PutSymlink to an empty target', { method: 'PUT', ...linkTo('') }, missingArgument('x-oss-symlink-target')],
    ['PutSymlink with a broken escape', { method: 'PUT', ...linkTo('%zz') }, wrongTarget('%zz')],
    ['PutSymlink to what is no UTF-8', { method: 'PUT', ...linkTo('%ff') }, wrongTarget('%ff')],
    ['PutSymlink to a key that is too long', { method: 'PUT', ...linkTo('k'.repeat(1024)) }, nameTooLong],
    ['PutSymlink to a slash', { method: 'PUT', ...linkTo('/a') }, nameNotValid],
    [
      'PutSymlink with a version id',
      { method: 'PUT', ...linkTo('a'), query: { symlink: '', versionId: 'null' } },
      invalidArgument('versionId', 'null', 'PutSymlink does not take a version id.'),
    ],
    ['RestoreObject of a readable object', restore(), notArchived],
    ['RestoreObject of nothing', restore('', { key: 'missing' }), noSuchKey('missing')],
    ['RestoreObject of an empty version', restore('', { query: { versionId: '' } }), emptyVersion],
    [
      'RestoreObject of an unknown version',
      restore('', { query: { versionId: MISSING_VERSION } }),
      noSuchVersion('known'),
    ],
    [
      'no days',
      restore('<RestoreRequest><Days>0</Days></RestoreRequest>', { key: 'frozen' }),
      invalidArgument('Days', '0'),
    ],
    [
      'too many days',
      restore('<RestoreRequest><Days>366</Days></RestoreRequest>', { key: 'frozen' }),
      invalidArgument('Days', '366'),
    ],
    [
      'days without number',
      restore('<RestoreRequest><Days>x</Days></RestoreRequest>', { key: 'frozen' }),
      malformedXml('Days must be a whole number.'),
    ],
    [
      'an unknown tier',
      restore('<RestoreRequest><JobParameters><Tier>Warp</Tier></JobParameters></RestoreRequest>', { key: 'frozen' }),
      invalidArgument('Tier', 'Warp'),
    ],
    ['CleanRestoredObject of a readable object', { method: 'POST', query: { cleanRestoredObject: '' } }, notArchived],
    [
      'CleanRestoredObject of nothing',
      { method: 'POST', key: 'missing', query: { cleanRestoredObject: '' } },
      noSuchKey('missing'),
    ],
    [
      'processing of an object',
      { method: 'POST', query: { 'x-oss-process': '' }, body: 'x-oss-process=test' },
      refusal(501, 'NotImplemented', 'The operation PostProcess is not implemented.'),
    ],
  ])('%s', (_name, request, expected) => fixture.refused(request, expected));
});

describe('deletion refuses', () => {
  const EC = '0016-00000608';
  const batch = (body: string, more: FixtureRequest = {}): FixtureRequest => ({
    method: 'POST',
    key: null,
    body,
    ...more,
    query: { delete: '', ...more.query },
  });
  const objects = (...keys: readonly string[]) =>
    `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`;
  test.each<[string, FixtureRequest, ExactError]>([
    ['an empty version', { method: 'DELETE', query: { versionId: '' } }, emptyVersion],
    ['a malformed version', { method: 'DELETE', query: { versionId: 'a b' } }, malformedVersion],
    ['in a missing bucket', { method: 'DELETE', bucket: MISSING_BUCKET }, noSuchBucket],
    ['by a stranger', { method: 'DELETE', signature: 'anonymous' }, accessDenied(BUCKET)],
    ['a batch of another kind', batch('<Other/>'), malformedXml('The root element must be Delete, not Other.', EC)],
    ['an empty batch', batch('<Delete></Delete>'), malformedXml('Delete must have at least one Object.', EC)],
    [
      'a batch without a key',
      batch('<Delete><Object></Object></Delete>'),
      malformedXml('An Object must have a Key.', EC),
    ],
    [
      'a batch of 1001',
      batch(objects(...Array.from({ length: 1001 }, (_, index) => `k${index}`))),
      malformedXml('Delete must not have more than 1000 objects.', EC),
    ],
    [
      'a batch neither loud nor quiet',
      batch('<Delete><Quiet>maybe</Quiet><Object><Key>known</Key></Object></Delete>'),
      malformedXml('Quiet must be true or false.', EC),
    ],
    [
      'a batch of 2 MiB and more',
      batch(objects('known') + ' '.repeat(2 ** 21)),
      malformedXml('The document has more than 2097152 bytes.', EC),
    ],
    ['a batch with a key that is too long', batch(objects('known', 'k'.repeat(1024))), nameTooLong],
    [
      'a batch with a malformed version',
      batch('<Delete><Object><Key>known</Key><VersionId>a b</VersionId></Object></Delete>'),
      malformedVersion,
    ],
    [
      'a batch with another MD5',
      batch(objects('known'), { headers: { 'content-md5': createHash('md5').update('').digest('base64') } }),
      digestMismatch,
    ],
    [
      'a batch with an unknown encoding',
      batch(objects('known'), { query: { 'encoding-type': 'x' } }),
      invalidArgument('encoding-type', 'x', 'Invalid Encoding Method specified in Request'),
    ],
    ['a batch in a missing bucket', batch(objects('known'), { bucket: MISSING_BUCKET }), noSuchBucket],
    ['a batch by a stranger', batch(objects('known'), { signature: 'anonymous' }), accessDenied(BUCKET)],
  ])('%s', (_name, request, expected) => fixture.refused(request, expected));
});

test('no refusal left a trace', () => fixture.expectUntouched());
