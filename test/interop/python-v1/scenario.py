"""The shared scenario through oss2, the older Python SDK. SIGNATURE_VERSION chooses v1, v2 or v4."""
import base64
import hashlib
import json
import os

import oss2
from oss2.models import (BucketVersioningConfig, BucketCors, BucketLifecycle, CorsRule, LifecycleExpiration, LifecycleRule,
                         PartInfo, Tagging, TaggingRule)

from report import equal, not_in_sdk, required, run_step, send, write_pattern_file

BUCKET = os.environ['BUCKET']
SCRATCH = os.environ['SCRATCH']
KEYS = os.environ['OSS_ACCESS_KEY_ID'], os.environ['OSS_ACCESS_KEY_SECRET']
VERSION = os.environ['SIGNATURE_VERSION']
MIB = 1 << 20
AUTHS = {'v1': oss2.Auth, 'v2': oss2.AuthV2, 'v4': oss2.AuthV4}


def make_bucket(name=BUCKET, auth=None):
    return oss2.Bucket(auth or AUTHS[VERSION](*KEYS), os.environ['ANNALS_ENDPOINT'], name, region=os.environ['OSS_REGION'])


bucket = make_bucket()


def read(key, **more):
    return bucket.get_object(key, **more).read()


def refused(action, kind, code, status):
    """The SDK's own class of error."""
    try:
        action()
    except oss2.exceptions.ServerError as error:
        equal((type(error), error.code, error.status), (kind, code, status), 'error')
        equal(len(error.request_id), 24, 'length of the request id')
        return error
    raise AssertionError(f'The call succeeded although it had to be refused with {code}')


def md5(body):
    return base64.b64encode(hashlib.md5(body).digest()).decode()


def create_bucket():
    name = f'{BUCKET}-made'
    made = make_bucket(name)
    made.create_bucket(oss2.BUCKET_ACL_PRIVATE)
    service = oss2.Service(AUTHS[VERSION](*KEYS), os.environ['ANNALS_ENDPOINT'], region=os.environ['OSS_REGION'])
    names = [one.name for one in oss2.BucketIterator(service)]
    equal((name in names, BUCKET in names), (True, True), 'both buckets listed')
    equal(made.get_bucket_acl().acl, 'private', 'ACL')
    made.delete_bucket()
    refused(made.get_bucket_info, oss2.exceptions.NoSuchBucket, 'NoSuchBucket', 404)


def append_1():
    headers = {'x-oss-meta-camera': 'north', 'x-oss-object-acl': 'public-read', 'x-oss-storage-class': 'IA',
               'Content-MD5': md5(b'first '), 'Content-Type': 'text/plain'}
    result = bucket.append_object('scenario/appended.log', 0, b'first ', headers=headers, init_crc=0)
    equal((result.status, result.next_position), (200, 6), 'answer')
    equal(read('scenario/appended.log'), b'first ', 'contents')


def append_2():
    before = bucket.head_object('scenario/appended.log').server_crc
    headers = {'Content-MD5': md5(b'second ')}
    result = bucket.append_object('scenario/appended.log', 6, b'second ', headers=headers, init_crc=before)
    equal(result.next_position, 13, 'next position')
    equal(read('scenario/appended.log'), b'first second ', 'contents')
    refused(lambda: bucket.append_object('scenario/appended.log', 13, b'x', headers={'Content-MD5': md5(b'y')}),
            oss2.exceptions.InvalidDigest, 'InvalidDigest', 400)


def append_3():
    before = bucket.head_object('scenario/appended.log').server_crc
    bucket.append_object('scenario/appended.log', 13, b'third', init_crc=before)
    equal(read('scenario/appended.log'), b'first second third', 'contents')
    found = bucket.head_object('scenario/appended.log')
    equal((found.headers['x-oss-meta-camera'], found.headers['x-oss-storage-class']), ('north', 'IA'), 'metadata and class')
    equal(bucket.get_object_acl('scenario/appended.log').acl, 'public-read', 'ACL')
    try:
        bucket.append_object('scenario/appended.log', 18, b'!', init_crc=1)
    except oss2.exceptions.InconsistentError:
        return
    raise AssertionError('A wrong init_crc was not noticed by the SDK')


def append_sse():
    bucket.append_object('scenario/encrypted.log', 0, b'secret', headers={'x-oss-server-side-encryption': 'AES256'})
    bucket.append_object('scenario/encrypted.log', 6, b' too')
    equal(bucket.head_object('scenario/encrypted.log').headers.get('x-oss-server-side-encryption'), 'AES256', 'encryption')
    equal(read('scenario/encrypted.log'), b'secret too', 'contents')


def append_tagging():
    bucket.append_object('scenario/tagged.log', 0, b'tagged', headers={'x-oss-tagging': 'kind=log&site=north%20gate'})
    equal(bucket.get_object_tagging('scenario/tagged.log').tag_set.tagging_rule, {'kind': 'log', 'site': 'north gate'}, 'tags')


def append_wrong_position():
    bucket.append_object('scenario/position.log', 0, b'12345')
    for position in (0, 4, 6):
        error = refused(lambda: bucket.append_object('scenario/position.log', position, b'x'),
                        oss2.exceptions.PositionNotEqualToLength, 'PositionNotEqualToLength', 409)
        equal(error.next_position, 5, 'next position in the error')
    error = refused(lambda: bucket.append_object('scenario/absent.log', 7, b'x'),
                    oss2.exceptions.PositionNotEqualToLength, 'PositionNotEqualToLength', 409)
    equal(error.next_position, 0, 'next position for a missing object')
    equal(read('scenario/position.log'), b'12345', 'contents')


def append_to_normal():
    bucket.put_object('scenario/normal.txt', b'normal')
    for position in (0, 6):
        refused(lambda: bucket.append_object('scenario/normal.txt', position, b'x'),
                oss2.exceptions.ObjectNotAppendable, 'ObjectNotAppendable', 409)
    equal(read('scenario/normal.txt'), b'normal', 'contents')


def append_empty():
    equal(bucket.append_object('scenario/empty.log', 0, b'').next_position, 0, 'next position')
    before = bucket.head_object('scenario/empty.log')
    equal((before.object_type, before.content_length), ('Appendable', 0), 'type and length')
    equal(bucket.append_object('scenario/empty.log', 0, b'').next_position, 0, 'next position of the second')
    equal(bucket.head_object('scenario/empty.log').etag, before.etag, 'ETag')


def append_64mib():
    path = write_pattern_file(os.path.join(SCRATCH, 'large.bin'), 64 * MIB)
    seen = []
    with open(path, 'rb') as file:
        result = bucket.append_object('scenario/large.bin', 0, file, init_crc=0,
                                      progress_callback=lambda sent, total: seen.append((sent, total)))
    equal((result.next_position, seen[-1]), (64 * MIB, (64 * MIB, 64 * MIB)), 'next position and last progress')
    bucket.get_object_to_file('scenario/large.bin', f'{path}.read')
    with open(path, 'rb') as sent, open(f'{path}.read', 'rb') as got:
        equal(sent.read() == got.read(), True, 'contents as sent')


def overwrite_appendable():
    bucket.append_object('scenario/kept.log', 0, b'kept')
    refused(lambda: bucket.put_object('scenario/kept.log', b'gone'),
            oss2.exceptions.ServerError, 'FileAlreadyExists', 409)
    equal(read('scenario/kept.log'), b'kept', 'contents')


def copy_appendable():
    bucket.append_object('scenario/uncopied.log', 0, b'here')
    refused(lambda: bucket.copy_object(BUCKET, 'scenario/uncopied.log', 'scenario/copied.log'),
            oss2.exceptions.OperationNotSupported, 'OperationNotSupported', 400)


def head():
    bucket.append_object('scenario/head.log', 0, b'0123456789', headers={'x-oss-meta-a': 'b'})
    found = bucket.head_object('scenario/head.log')
    equal((found.content_length, found.object_type, found.headers['x-oss-next-append-position'], found.headers['x-oss-meta-a']),
          (10, 'Appendable', '10', 'b'), 'HEAD')
    meta = bucket.get_object_meta('scenario/head.log')
    equal((meta.content_length, meta.etag, len(meta.etag)), (10, found.etag, 32), 'object meta')
    equal(abs(meta.last_modified - found.last_modified), 0, 'seconds between the times')
    refused(lambda: bucket.head_object('scenario/none'), oss2.exceptions.NoSuchKey, 'NoSuchKey', 404)
    equal(bucket.object_exists('scenario/none'), False, 'object_exists')


def get():
    key = 'scenario/get a+b/中文.log'
    bucket.append_object(key, 0, b'contents')
    equal(read(key), b'contents', 'contents')
    refused(lambda: read('scenario/none'), oss2.exceptions.NoSuchKey, 'NoSuchKey', 404)


def range_step():
    bucket.append_object('scenario/range.log', 0, b'01234')
    bucket.append_object('scenario/range.log', 5, b'56789')
    equal(read('scenario/range.log', byte_range=(3, 6)), b'3456', 'bytes 3-6')
    equal(read('scenario/range.log', byte_range=(None, 2)), b'89', 'last two bytes')
    equal(read('scenario/range.log', byte_range=(7, None)), b'789', 'bytes from 7')
    equal(read('scenario/range.log', byte_range=(10, 12)), b'0123456789', 'range outside the object, as by default')
    standard = {'x-oss-range-behavior': 'standard'}
    refused(lambda: read('scenario/range.log', byte_range=(10, 12), headers=standard),
            oss2.exceptions.ServerError, 'InvalidRange', 416)


def list_step():
    bucket.append_object('list/a/1.log', 0, b'abc')
    bucket.put_object('list/b.txt', b'abcd')
    listed = [(one.key, one.size, one.type) for one in oss2.ObjectIterator(bucket, prefix='list/', max_keys=1)]
    equal(listed, [('list/a/1.log', 3, 'Appendable'), ('list/b.txt', 4, 'Normal')], 'listing in pages')
    listed = [(one.key, one.size, one.type) for one in oss2.ObjectIteratorV2(bucket, prefix='list/', max_keys=1)]
    equal(listed, [('list/a/1.log', 3, 'Appendable'), ('list/b.txt', 4, 'Normal')], 'V2 listing in pages')
    grouped = bucket.list_objects('list/', delimiter='/')
    equal((grouped.prefix_list, [one.key for one in grouped.object_list]), (['list/a/'], ['list/b.txt']),
          'listing with delimiter')


def put():
    result = bucket.put_object('scenario/put.txt', b'put', headers={'Content-MD5': md5(b'put')})
    equal(result.etag.lower(), hashlib.md5(b'put').hexdigest(), 'ETag')
    equal((read('scenario/put.txt'), bucket.head_object('scenario/put.txt').content_type), (b'put', 'text/plain'),
          'contents and type')


def multipart():
    path = write_pattern_file(os.path.join(SCRATCH, 'parts.bin'), 2 * MIB + 128 * 1024)
    oss2.resumable_upload(bucket, 'scenario/parts.bin', path, store=oss2.ResumableStore(root=SCRATCH),
                          multipart_threshold=MIB, part_size=MIB, num_threads=2)
    with open(path, 'rb') as file:
        equal(read('scenario/parts.bin') == file.read(), True, 'contents as sent')
    found = bucket.head_object('scenario/parts.bin')
    equal((found.object_type, found.etag[-2:]), ('Multipart', '-3'), 'type and ETag')


def multipart_resume():
    path = write_pattern_file(os.path.join(SCRATCH, 'resumed.bin'), 3 * MIB)
    with open(path, 'rb') as file:
        pieces = [file.read(MIB) for _ in range(3)]
    key = 'scenario/resumed.bin'
    upload_id = bucket.init_multipart_upload(key).upload_id
    bucket.upload_part(key, upload_id, 1, pieces[0])
    equal([one.upload_id for one in oss2.ObjectUploadIterator(bucket, key)], [upload_id], 'unfinished uploads')
    known = list(oss2.PartIterator(bucket, key, upload_id))
    equal([(part.part_number, part.size) for part in known], [(1, MIB)], 'parts the server has')
    sent = [PartInfo(number, bucket.upload_part(key, upload_id, number, pieces[number - 1]).etag) for number in (2, 3)]
    bucket.complete_multipart_upload(key, upload_id, known + sent)
    equal(read(key) == b''.join(pieces), True, 'contents as sent')


def copy():
    bucket.put_object('scenario/original.txt', b'original', headers={'x-oss-meta-a': 'b'})
    bucket.copy_object(BUCKET, 'scenario/original.txt', 'scenario/copy.txt')
    found = bucket.head_object('scenario/copy.txt')
    equal((read('scenario/copy.txt'), found.headers['x-oss-meta-a']), (b'original', 'b'), 'copy')


def delete_many():
    bucket.put_object('many/1', b'1')
    bucket.append_object('many/2 a+b', 0, b'2')
    result = bucket.batch_delete_objects(['many/1', 'many/2 a+b', 'many/none'])
    equal(sorted(result.deleted_keys), ['many/1', 'many/2 a+b', 'many/none'], 'deleted keys')
    equal(bucket.list_objects('many/').object_list, [], 'keys left')


def presigned_put():
    headers = {'Content-Type': 'text/plain', 'x-oss-meta-a': 'b'}
    url = bucket.sign_url('PUT', 'scenario/presigned.txt', 300, headers=headers, slash_safe=True)
    answer = send('PUT', url, b'by url', headers)
    equal(answer.status, 200, f'status ({answer.body!r})')
    equal(read('scenario/presigned.txt'), b'by url', 'contents')
    equal(send('PUT', url.replace('presigned.txt', 'other.txt'), b'x', headers).status, 403, 'status for another key')


def presigned_get():
    bucket.append_object('scenario/to get.log', 0, b'by url')
    for slash_safe in (True, False):
        answer = send('GET', bucket.sign_url('GET', 'scenario/to get.log', 300, slash_safe=slash_safe))
        equal((answer.status, answer.body), (200, b'by url'), 'answer')


def presigned_append():
    for position, piece in ((0, b'by '), (3, b'url')):
        url = bucket.sign_url('POST', 'scenario/presigned.log', 300, params={'append': '', 'position': str(position)})
        answer = send('POST', url, piece)
        equal(answer.status, 200, f'status ({answer.body!r})')
    equal(read('scenario/presigned.log'), b'by url', 'contents')
    equal(send('POST', url.replace('position=3', 'position=6'), b'x').status, 403, 'status for another position')


def sts():
    pair = required('STS_ACCESS_KEY_ID', 'STS_MISSING'), required('STS_ACCESS_KEY_SECRET', 'STS_MISSING')
    auth_version = {'v1': oss2.AUTH_VERSION_1, 'v2': oss2.AUTH_VERSION_2, 'v4': oss2.AUTH_VERSION_4}[VERSION]
    temporary = make_bucket(auth=oss2.StsAuth(*pair, required('STS_SECURITY_TOKEN', 'STS_MISSING'), auth_version))
    equal(temporary.append_object('scenario/sts.log', 0, b'temporary').next_position, 9, 'next position')
    equal(temporary.get_object('scenario/sts.log').read(), b'temporary', 'contents')
    answer = send('GET', temporary.sign_url('GET', 'scenario/sts.log', 300))
    equal((answer.status, answer.body), (200, b'temporary'), 'answer to a URL with the token')
    bare = make_bucket(auth=AUTHS[VERSION](*pair))
    refused(lambda: bare.get_object('scenario/sts.log'), oss2.exceptions.ServerError, 'InvalidAccessKeyId', 403)


def policy_denial():
    pair = required('READER_ACCESS_KEY_ID', 'READER_MISSING'), required('READER_ACCESS_KEY_SECRET', 'READER_MISSING')
    reader = make_bucket(auth=AUTHS[VERSION](*pair))
    bucket.append_object('scenario/read only.log', 0, b'read me')
    equal(reader.get_object('scenario/read only.log').read(), b'read me', 'contents read by the user')
    refused(lambda: reader.append_object('scenario/read only.log', 7, b'x'),
            oss2.exceptions.AccessDenied, 'AccessDenied', 403)
    equal(read('scenario/read only.log'), b'read me', 'contents')


def versioning():
    versioned = make_bucket(f'{BUCKET}-versioned')
    versioned.create_bucket()
    config = BucketVersioningConfig()
    config.status = oss2.BUCKET_VERSIONING_ENABLE
    versioned.put_bucket_versioning(config)
    equal(versioned.get_bucket_versioning().status, 'Enabled', 'status')
    first = versioned.put_object('k', b'1').versionid
    versioned.put_object('k', b'2')
    both = versioned.get_object('k').read(), versioned.get_object('k', params={'versionId': first}).read()
    equal(both, (b'2', b'1'), 'both versions')
    equal(versioned.delete_object('k').delete_marker, True, 'delete marker')
    refused(lambda: versioned.get_object('k'), oss2.exceptions.NoSuchKey, 'NoSuchKey', 404)
    listed = versioned.list_object_versions()
    equal((len(listed.versions), len(listed.delete_marker)), (2, 1), 'versions and markers')
    appended = versioned.append_object('k', 0, b'again')
    equal((appended.next_position, bool(appended.versionid)), (5, True), 'append over the marker')


def tagging():
    bucket.append_object('scenario/tags.log', 0, b'x')
    rule = TaggingRule()
    rule.add('k1', 'v 1')
    rule.add('k2', '')
    bucket.put_object_tagging('scenario/tags.log', Tagging(rule))
    tags = bucket.get_object_tagging('scenario/tags.log').tag_set.tagging_rule
    equal({key: value or '' for key, value in tags.items()}, {'k1': 'v 1', 'k2': ''}, 'tags')
    bucket.delete_object_tagging('scenario/tags.log')
    equal(bucket.get_object_tagging('scenario/tags.log').tag_set.tagging_rule, {}, 'tags left')


def symlink():
    bucket.append_object('scenario/target.log', 0, b'target')
    bucket.put_symlink('scenario/target.log', 'scenario/link')
    equal(bucket.get_symlink('scenario/link').target_key, 'scenario/target.log', 'target')
    equal((read('scenario/link'), bucket.head_object('scenario/link').object_type), (b'target', 'Symlink'), 'through the link')


def lifecycle():
    rule = LifecycleRule('old', 'logs/', status=LifecycleRule.ENABLED, expiration=LifecycleExpiration(days=30))
    bucket.put_bucket_lifecycle(BucketLifecycle([rule]))
    got = bucket.get_bucket_lifecycle().rules
    equal([(one.id, one.prefix, one.status, one.expiration.days) for one in got], [('old', 'logs/', 'Enabled', 30)], 'rules')
    bucket.delete_bucket_lifecycle()
    refused(bucket.get_bucket_lifecycle, oss2.exceptions.NoSuchLifecycle, 'NoSuchLifecycle', 404)


def cors():
    rule = CorsRule(['https://example.com'], ['GET', 'PUT'], ['*'], ['ETag'], 100)
    bucket.put_bucket_cors(BucketCors([rule]))
    got = bucket.get_bucket_cors().rules
    equal([(one.allowed_origins, one.allowed_methods, one.expose_headers, one.max_age_seconds) for one in got],
          [(['https://example.com'], ['GET', 'PUT'], ['ETag'], 100)], 'rules')
    bucket.delete_bucket_cors()
    refused(bucket.get_bucket_cors, oss2.exceptions.NoSuchCors, 'NoSuchCORSConfiguration', 404)


def bucket_policy():
    policy = json.dumps({'Version': '1', 'Statement': [{
        'Effect': 'Deny', 'Action': ['oss:PutObject'], 'Principal': ['20214760404935'],
        'Resource': [f'acs:oss:*:*:{BUCKET}/closed/*']}]})
    bucket.put_bucket_policy(policy)
    equal(json.loads(bucket.get_bucket_policy().policy), json.loads(policy), 'policy')
    bucket.delete_bucket_policy()
    refused(bucket.get_bucket_policy, oss2.exceptions.NoSuchBucketPolicy, 'NoSuchBucketPolicy', 404)


run_step('create-bucket', create_bucket)
run_step('append-1', append_1)
run_step('append-2', append_2)
run_step('append-3', append_3)
run_step('append-sse', append_sse)
run_step('append-tagging', append_tagging)
run_step('append-wrong-position', append_wrong_position)
run_step('append-to-normal', append_to_normal)
run_step('append-empty', append_empty)
run_step('append-64mib', append_64mib)
not_in_sdk('oss2 has no call for SealAppendObject', 'seal')
run_step('overwrite-appendable', overwrite_appendable)
run_step('copy-appendable', copy_appendable)
run_step('head', head)
run_step('get', get)
run_step('range', range_step)
run_step('list', list_step)
run_step('put', put)
run_step('multipart', multipart)
run_step('multipart-resume', multipart_resume)
run_step('copy', copy)
run_step('delete-many', delete_many)
run_step('presigned-put', presigned_put)
run_step('presigned-get', presigned_get)
run_step('presigned-append', presigned_append)
run_step('sts', sts)
run_step('policy-denial', policy_denial)
run_step('versioning', versioning)
run_step('tagging', tagging)
run_step('symlink', symlink)
run_step('lifecycle', lifecycle)
run_step('cors', cors)
run_step('bucket-policy', bucket_policy)
