"""The shared scenario through alibabacloud-oss-v2. SIGNATURE_VERSION chooses v4 or v1."""
import base64
import datetime
import hashlib
import json
import os
import urllib.parse

import alibabacloud_oss_v2 as oss

from report import equal, not_in_sdk, report, required, run_step, send, write_pattern_file

ENDPOINT = os.environ['ANNALS_ENDPOINT']
BUCKET = os.environ['BUCKET']
SCRATCH = os.environ['SCRATCH']
MIB = 1 << 20
SENT = {'metadata': {'camera': 'north', 'Zone': 'a-1'}, 'acl': 'public-read', 'storage_class': 'IA'}


def make_client(access_key_id=None, access_key_secret=None, security_token=None):
    config = oss.config.load_default()
    config.credentials_provider = (
        oss.credentials.EnvironmentVariableCredentialsProvider() if access_key_id is None
        else oss.credentials.StaticCredentialsProvider(access_key_id, access_key_secret, security_token))
    config.region = os.environ['OSS_REGION']
    config.endpoint = ENDPOINT
    config.signature_version = os.environ['SIGNATURE_VERSION']
    return oss.Client(config)


client = make_client()


def append(key, position, body, **more):
    return client.append_object(oss.AppendObjectRequest(bucket=BUCKET, key=key, position=position, body=body, **more))


def put(key, body, **more):
    return client.put_object(oss.PutObjectRequest(bucket=BUCKET, key=key, body=body, **more))


def read(key, bucket=BUCKET, **more):
    return client.get_object(oss.GetObjectRequest(bucket=bucket, key=key, **more)).body.read()


def head(key, **more):
    return client.head_object(oss.HeadObjectRequest(bucket=BUCKET, key=key, **more))


def refused(action, code, status):
    """The service's error inside the SDK's own."""
    try:
        action()
    except oss.exceptions.OperationError as error:
        service_error = error.unwrap()
        if not isinstance(service_error, oss.exceptions.ServiceError):
            raise
        equal((service_error.code, service_error.status_code), (code, status), 'error')
        if not service_error.request_id:
            raise AssertionError('The error has no request id')
        return service_error
    raise AssertionError(f'The call succeeded although it had to be refused with {code}')


def md5(body):
    return base64.b64encode(hashlib.md5(body).digest()).decode()


def create_bucket():
    name = f'{BUCKET}-made'
    client.put_bucket(oss.PutBucketRequest(bucket=name))
    names = [bucket.name for bucket in client.list_buckets(oss.ListBucketsRequest()).buckets]
    equal((name in names, BUCKET in names), (True, True), 'both buckets listed')
    equal(client.is_bucket_exist(name), True, 'is_bucket_exist')
    client.delete_bucket(oss.DeleteBucketRequest(bucket=name))
    equal(client.is_bucket_exist(name), False, 'is_bucket_exist after its deletion')


def append_1():
    result = append('scenario/appended.log', 0, b'first ', content_type='text/plain', content_md5=md5(b'first '), **SENT)
    equal((result.status_code, result.next_position), (200, 6), 'answer')
    equal(read('scenario/appended.log'), b'first ', 'contents')


def append_2():
    result = append('scenario/appended.log', 6, b'second ', content_md5=md5(b'second '))
    equal(result.next_position, 13, 'next position')
    equal(read('scenario/appended.log'), b'first second ', 'contents')
    refused(lambda: append('scenario/appended.log', 13, b'third', content_md5=md5(b'other')), 'InvalidDigest', 400)


def append_3():
    result = append('scenario/appended.log', 13, b'third')
    contents = read('scenario/appended.log')
    equal(contents, b'first second third', 'contents')
    checksum = oss.crc.Crc64(0)
    checksum.update(contents)
    equal(int(result.hash_crc64), checksum.sum64(), 'CRC-64')
    found = head('scenario/appended.log')
    equal((found.metadata.get('camera'), found.metadata.get('zone')), ('north', 'a-1'), 'metadata')
    equal(found.storage_class, 'IA', 'storage class')
    acl = client.get_object_acl(oss.GetObjectAclRequest(bucket=BUCKET, key='scenario/appended.log')).acl
    equal(acl, 'public-read', 'ACL')
    with client.append_file(BUCKET, 'scenario/file.log') as file:
        file.write(b'by the file ')
        file.write(b'interface')
    equal(read('scenario/file.log'), b'by the file interface', 'contents written through append_file')
    return 'note: append_object checks no CRC; the program compares it'


def append_sse():
    append('scenario/encrypted.log', 0, b'secret', server_side_encryption='AES256')
    append('scenario/encrypted.log', 6, b' too')
    equal(head('scenario/encrypted.log').server_side_encryption, 'AES256', 'encryption')
    equal(read('scenario/encrypted.log'), b'secret too', 'contents')


def append_tagging():
    append('scenario/tagged.log', 0, b'tagged', tagging='kind=log&site=north%20gate')
    result = client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=BUCKET, key='scenario/tagged.log'))
    equal({tag.key: tag.value for tag in result.tag_set.tags}, {'kind': 'log', 'site': 'north gate'}, 'tags')


def append_wrong_position():
    append('scenario/position.log', 0, b'12345')
    for position in (0, 4, 6):
        error = refused(lambda: append('scenario/position.log', position, b'x'), 'PositionNotEqualToLength', 409)
        equal(error.headers.get('x-oss-next-append-position'), '5', 'next position in the error')
    refused(lambda: append('scenario/absent.log', 7, b'x'), 'PositionNotEqualToLength', 409)
    equal(read('scenario/position.log'), b'12345', 'contents')


def append_to_normal():
    put('scenario/normal.txt', b'normal')
    for position in (0, 6):
        refused(lambda: append('scenario/normal.txt', position, b'x'), 'ObjectNotAppendable', 409)
    equal(read('scenario/normal.txt'), b'normal', 'contents')


def append_empty():
    equal(append('scenario/empty.log', 0, b'').next_position, 0, 'next position')
    before = head('scenario/empty.log')
    equal((before.object_type, before.content_length), ('Appendable', 0), 'type and length')
    equal(append('scenario/empty.log', 0, b'').next_position, 0, 'next position of the second')
    equal(head('scenario/empty.log').etag, before.etag, 'ETag')


def append_64mib():
    path = write_pattern_file(os.path.join(SCRATCH, 'large.bin'), 64 * MIB)
    seen = []
    with open(path, 'rb') as file:
        result = append('scenario/large.bin', 0, file, progress_fn=lambda _, written, total: seen.append((written, total)))
    equal((result.next_position, seen[-1]), (64 * MIB, (64 * MIB, 64 * MIB)), 'next position and last progress')
    checksum = oss.crc.Crc64(0)
    with open(path, 'rb') as file:
        checksum.update(file.read())
    equal(int(result.hash_crc64), checksum.sum64(), 'CRC-64')
    equal(len(read('scenario/large.bin')), 64 * MIB, 'length read')


def seal():
    append('scenario/sealed.log', 0, b'done')
    request = oss.SealAppendObjectRequest(bucket=BUCKET, key='scenario/sealed.log', position=4)
    first = client.seal_append_object(request)
    equal(bool(first.sealed_time), True, 'sealed time told')
    equal(client.seal_append_object(request).sealed_time, first.sealed_time, 'sealed time of the second call')
    refused(lambda: append('scenario/sealed.log', 4, b'x'), 'AppendSealedObjectNotAllowed', 409)
    equal(read('scenario/sealed.log'), b'done', 'contents')
    equal(head('scenario/sealed.log').sealed_time, first.sealed_time, 'sealed time by HEAD')


def overwrite_appendable():
    append('scenario/kept.log', 0, b'kept')
    refused(lambda: put('scenario/kept.log', b'gone'), 'FileAlreadyExists', 409)
    equal(read('scenario/kept.log'), b'kept', 'contents')


def copy_request(source, key):
    return oss.CopyObjectRequest(bucket=BUCKET, key=key, source_key=source)


def copy_appendable():
    append('scenario/uncopied.log', 0, b'here')
    refused(lambda: client.copy_object(copy_request('scenario/uncopied.log', 'scenario/copied.log')),
            'OperationNotSupported', 400)


def head_step():
    append('scenario/head.log', 0, b'0123456789', metadata={'a': 'b'})
    found = head('scenario/head.log')
    equal((found.content_length, found.object_type, found.next_append_position, found.metadata.get('a')),
          (10, 'Appendable', 10, 'b'), 'HEAD')
    equal(len(found.etag.strip('"')), 32, 'length of the ETag')
    meta = client.get_object_meta(oss.GetObjectMetaRequest(bucket=BUCKET, key='scenario/head.log'))
    equal((meta.content_length, meta.etag), (10, found.etag), 'object meta')
    refused(lambda: head('scenario/none'), 'NoSuchKey', 404)


def get_step():
    key = 'scenario/get a+b/中文.log'
    append(key, 0, b'contents')
    equal(read(key), b'contents', 'contents')
    refused(lambda: read('scenario/none'), 'NoSuchKey', 404)


def range_step():
    append('scenario/range.log', 0, b'01234')
    append('scenario/range.log', 5, b'56789')
    equal(read('scenario/range.log', range_header='bytes=3-6'), b'3456', 'bytes 3-6')
    equal(read('scenario/range.log', range_header='bytes=-2'), b'89', 'last two bytes')
    equal(read('scenario/range.log', range_header='bytes=7-'), b'789', 'bytes from 7')
    equal(read('scenario/range.log', range_header='bytes=10-'), b'0123456789', 'range outside the object, as by default')
    refused(lambda: read('scenario/range.log', range_header='bytes=10-', range_behavior='standard'), 'InvalidRange', 416)


def list_step():
    append('list/a/1.log', 0, b'abc')
    put('list/b.txt', b'abcd')
    page = client.list_objects_v2(oss.ListObjectsV2Request(bucket=BUCKET, prefix='list/'))
    equal([(item.key, item.size, item.object_type) for item in page.contents],
          [('list/a/1.log', 3, 'Appendable'), ('list/b.txt', 4, 'Normal')], 'listing')
    pages = client.list_objects_v2_paginator(limit=1).iter_page(oss.ListObjectsV2Request(bucket=BUCKET, prefix='list/'))
    equal([item.key for one in pages for item in one.contents or []], ['list/a/1.log', 'list/b.txt'], 'listing in pages')
    grouped = client.list_objects(oss.ListObjectsRequest(bucket=BUCKET, prefix='list/', delimiter='/'))
    equal(([item.prefix for item in grouped.common_prefixes], [item.key for item in grouped.contents]),
          (['list/a/'], ['list/b.txt']), 'listing with delimiter')


def put_step():
    result = put('scenario/put.txt', b'put', content_type='text/plain', content_md5=md5(b'put'))
    equal(result.etag.strip('"').lower(), hashlib.md5(b'put').hexdigest(), 'ETag')
    equal((read('scenario/put.txt'), head('scenario/put.txt').content_type), (b'put', 'text/plain'), 'contents and type')


def multipart():
    request = oss.PutObjectRequest(bucket=BUCKET, key='scenario/parts.bin')
    path = write_pattern_file(os.path.join(SCRATCH, 'parts.bin'), 2 * MIB + 128 * 1024)
    client.uploader(part_size=MIB, parallel_num=2).upload_file(request, filepath=path)
    with open(path, 'rb') as file:
        equal(read('scenario/parts.bin') == file.read(), True, 'contents as sent')
    found = head('scenario/parts.bin')
    equal((found.object_type, found.etag.strip('"')[-2:]), ('Multipart', '-3'), 'type and ETag')


def multipart_resume():
    path = write_pattern_file(os.path.join(SCRATCH, 'resumed.bin'), 3 * MIB)
    with open(path, 'rb') as file:
        pieces = [file.read(MIB) for _ in range(3)]
    key = 'scenario/resumed.bin'
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key=key))
    upload_id = upload.upload_id

    def send_part(number):
        return client.upload_part(oss.UploadPartRequest(
            bucket=BUCKET, key=key, upload_id=upload_id, part_number=number, body=pieces[number - 1]))

    send_part(1)
    uploads = client.list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=BUCKET, prefix=key))
    equal([item.upload_id for item in uploads.uploads], [upload_id], 'unfinished uploads')
    known = client.list_parts(oss.ListPartsRequest(bucket=BUCKET, key=key, upload_id=upload_id)).parts
    equal([(part.part_number, part.size) for part in known], [(1, MIB)], 'parts the server has')
    parts = [oss.UploadPart(part_number=part.part_number, etag=part.etag) for part in known]
    parts += [oss.UploadPart(part_number=number, etag=send_part(number).etag) for number in (2, 3)]
    client.complete_multipart_upload(oss.CompleteMultipartUploadRequest(
        bucket=BUCKET, key=key, upload_id=upload_id,
        complete_multipart_upload=oss.CompleteMultipartUpload(parts=parts)))
    equal(read(key) == b''.join(pieces), True, 'contents as sent')


def copy():
    put('scenario/original.txt', b'original', metadata={'a': 'b'})
    client.copy_object(copy_request('scenario/original.txt', 'scenario/copy.txt'))
    equal((read('scenario/copy.txt'), head('scenario/copy.txt').metadata.get('a')), (b'original', 'b'), 'copy')


def delete_many():
    put('many/1', b'1')
    append('many/2 a+b', 0, b'2')
    result = client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(
        bucket=BUCKET, objects=[oss.DeleteObject(key=key) for key in ('many/1', 'many/2 a+b', 'many/none')]))
    equal(sorted(item.key for item in result.deleted_objects), ['many/1', 'many/2 a+b', 'many/none'], 'deleted keys')
    left = client.list_objects_v2(oss.ListObjectsV2Request(bucket=BUCKET, prefix='many/'))
    equal(left.key_count, 0, 'keys left')


def presigned(request):
    return client.presign(request, expires=datetime.timedelta(minutes=5))


def presigned_put():
    url = presigned(oss.PutObjectRequest(bucket=BUCKET, key='scenario/presigned.txt', content_type='text/plain'))
    answer = send(url.method, url.url, b'by url', url.signed_headers)
    equal(answer.status, 200, f'status ({answer.body!r})')
    equal(read('scenario/presigned.txt'), b'by url', 'contents')
    equal(send(url.method, url.url.replace('presigned.txt', 'other.txt'), b'x', url.signed_headers).status, 403,
          'status for another key')


def presigned_get():
    append('scenario/to get.log', 0, b'by url')
    url = presigned(oss.GetObjectRequest(bucket=BUCKET, key='scenario/to get.log'))
    answer = send(url.method, url.url, headers=url.signed_headers)
    equal((answer.status, answer.body), (200, b'by url'), 'answer')


def presigned_append():
    try:
        presigned(oss.AppendObjectRequest(bucket=BUCKET, key='scenario/presigned.log', position=0))
    except oss.exceptions.ParamInvalidError:
        not_in_sdk('presign() makes no URLs for AppendObject', 'presigned-append')
    else:
        report('presigned-append', 'fail', 'The SDK makes such URLs now: this step must send one')


def sts():
    key_id, secret = required('STS_ACCESS_KEY_ID', 'STS_MISSING'), required('STS_ACCESS_KEY_SECRET', 'STS_MISSING')
    temporary = make_client(key_id, secret, required('STS_SECURITY_TOKEN', 'STS_MISSING'))
    request = oss.AppendObjectRequest(bucket=BUCKET, key='scenario/sts.log', position=0, body=b'temporary')
    equal(temporary.append_object(request).next_position, 9, 'next position')
    got = temporary.get_object(oss.GetObjectRequest(bucket=BUCKET, key='scenario/sts.log'))
    equal(got.body.read(), b'temporary', 'contents')
    bare = make_client(key_id, secret)
    refused(lambda: bare.get_object_acl(oss.GetObjectAclRequest(bucket=BUCKET, key='scenario/sts.log')),
            'InvalidAccessKeyId', 403)


def policy_denial():
    reader = make_client(required('READER_ACCESS_KEY_ID', 'READER_MISSING'),
                         required('READER_ACCESS_KEY_SECRET', 'READER_MISSING'))
    append('scenario/read only.log', 0, b'read me')
    got = reader.get_object(oss.GetObjectRequest(bucket=BUCKET, key='scenario/read only.log'))
    equal(got.body.read(), b'read me', 'contents read by the user')
    refused(lambda: reader.append_object(oss.AppendObjectRequest(
        bucket=BUCKET, key='scenario/read only.log', position=7, body=b'x')), 'AccessDenied', 403)
    equal(read('scenario/read only.log'), b'read me', 'contents')


def versioning():
    bucket = f'{BUCKET}-versioned'
    client.put_bucket(oss.PutBucketRequest(bucket=bucket))
    client.put_bucket_versioning(oss.PutBucketVersioningRequest(
        bucket=bucket, versioning_configuration=oss.VersioningConfiguration(status='Enabled')))
    status = client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=bucket)).version_status
    equal(status, 'Enabled', 'status')
    first = client.put_object(oss.PutObjectRequest(bucket=bucket, key='k', body=b'1')).version_id
    client.put_object(oss.PutObjectRequest(bucket=bucket, key='k', body=b'2'))
    equal((read('k', bucket), read('k', bucket, version_id=first)), (b'2', b'1'), 'both versions')
    equal(client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key='k')).delete_marker, True, 'delete marker')
    refused(lambda: read('k', bucket), 'NoSuchKey', 404)
    listed = client.list_object_versions(oss.ListObjectVersionsRequest(bucket=bucket))
    equal((len(listed.version), len(listed.delete_marker)), (2, 1), 'versions and markers')
    appended = client.append_object(oss.AppendObjectRequest(bucket=bucket, key='k', position=0, body=b'again'))
    equal((appended.next_position, bool(appended.version_id)), (5, True), 'append over the marker')


def tagging():
    append('scenario/tags.log', 0, b'x')
    where = {'bucket': BUCKET, 'key': 'scenario/tags.log'}
    client.put_object_tagging(oss.PutObjectTaggingRequest(**where, tagging=oss.Tagging(
        tag_set=oss.TagSet(tags=[oss.Tag(key='k1', value='v 1'), oss.Tag(key='k2', value='')]))))
    tags = client.get_object_tagging(oss.GetObjectTaggingRequest(**where)).tag_set.tags
    equal({tag.key: tag.value or '' for tag in tags}, {'k1': 'v 1', 'k2': ''}, 'tags')
    client.delete_object_tagging(oss.DeleteObjectTaggingRequest(**where))
    equal(client.get_object_tagging(oss.GetObjectTaggingRequest(**where)).tag_set.tags or [], [], 'tags left')


def symlink():
    append('scenario/target.log', 0, b'target')
    client.put_symlink(oss.PutSymlinkRequest(
        bucket=BUCKET, key='scenario/link', symlink_target='scenario/target.log'))
    link = client.get_symlink(oss.GetSymlinkRequest(bucket=BUCKET, key='scenario/link'))
    # The SDK leaves the encoding of the target to its user, in both directions.
    equal(urllib.parse.unquote(link.target), 'scenario/target.log', 'target')
    equal((read('scenario/link'), head('scenario/link').object_type), (b'target', 'Symlink'), 'through the link')


def lifecycle():
    rule = oss.LifecycleRule(id='old', prefix='logs/', status='Enabled', expiration=oss.LifecycleRuleExpiration(days=30))
    client.put_bucket_lifecycle(oss.PutBucketLifecycleRequest(
        bucket=BUCKET, lifecycle_configuration=oss.LifecycleConfiguration(rules=[rule])))
    got = client.get_bucket_lifecycle(oss.GetBucketLifecycleRequest(bucket=BUCKET)).lifecycle_configuration.rules
    equal([(one.id, one.prefix, one.status, one.expiration.days) for one in got], [('old', 'logs/', 'Enabled', 30)], 'rules')
    client.delete_bucket_lifecycle(oss.DeleteBucketLifecycleRequest(bucket=BUCKET))
    refused(lambda: client.get_bucket_lifecycle(oss.GetBucketLifecycleRequest(bucket=BUCKET)), 'NoSuchLifecycle', 404)


def cors():
    rule = oss.CORSRule(allowed_origins=['https://example.com'], allowed_methods=['GET', 'PUT'], allowed_headers=['*'],
                        expose_headers=['ETag'], max_age_seconds=100)
    client.put_bucket_cors(oss.PutBucketCorsRequest(
        bucket=BUCKET, cors_configuration=oss.CORSConfiguration(cors_rules=[rule])))
    got = client.get_bucket_cors(oss.GetBucketCorsRequest(bucket=BUCKET)).cors_configuration.cors_rules
    equal([(one.allowed_origins, one.allowed_methods, one.expose_headers, one.max_age_seconds) for one in got],
          [(['https://example.com'], ['GET', 'PUT'], ['ETag'], 100)], 'rules')
    client.delete_bucket_cors(oss.DeleteBucketCorsRequest(bucket=BUCKET))
    refused(lambda: client.get_bucket_cors(oss.GetBucketCorsRequest(bucket=BUCKET)), 'NoSuchCORSConfiguration', 404)


def bucket_policy():
    policy = json.dumps({'Version': '1', 'Statement': [{
        'Effect': 'Deny', 'Action': ['oss:PutObject'], 'Principal': ['20214760404935'],
        'Resource': [f'acs:oss:*:*:{BUCKET}/closed/*']}]})
    client.put_bucket_policy(oss.PutBucketPolicyRequest(bucket=BUCKET, body=policy))
    got = client.get_bucket_policy(oss.GetBucketPolicyRequest(bucket=BUCKET)).body
    equal(json.loads(got), json.loads(policy), 'policy')
    client.delete_bucket_policy(oss.DeleteBucketPolicyRequest(bucket=BUCKET))
    refused(lambda: client.get_bucket_policy(oss.GetBucketPolicyRequest(bucket=BUCKET)), 'NoSuchBucketPolicy', 404)


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
run_step('seal', seal)
run_step('overwrite-appendable', overwrite_appendable)
run_step('copy-appendable', copy_appendable)
run_step('head', head_step)
run_step('get', get_step)
run_step('range', range_step)
run_step('list', list_step)
run_step('put', put_step)
run_step('multipart', multipart)
run_step('multipart-resume', multipart_resume)
run_step('copy', copy)
run_step('delete-many', delete_many)
run_step('presigned-put', presigned_put)
run_step('presigned-get', presigned_get)
presigned_append()
run_step('sts', sts)
run_step('policy-denial', policy_denial)
run_step('versioning', versioning)
run_step('tagging', tagging)
run_step('symlink', symlink)
run_step('lifecycle', lifecycle)
run_step('cors', cors)
run_step('bucket-policy', bucket_policy)
