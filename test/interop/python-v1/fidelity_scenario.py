"""Details of the public service through oss2. SIGNATURE_VERSION chooses v1 or v4."""
import base64
import datetime
import hashlib
import os

import oss2
from oss2.models import (
    AbortMultipartUpload, BucketCors, BucketLifecycle, BucketQosInfo, BucketVersioningConfig, BucketWebsite, Condition,
    ConditionInlcudeHeader, CorsRule, InventoryBucketDestination, InventoryConfiguration, InventoryDestination, InventoryFilter,
    InventorySchedule, InventoryServerSideEncryptionKMS, LifecycleExpiration, LifecycleRule, MirrorHeadersSet,
    NoncurrentVersionExpiration, PartInfo, Redirect, RedirectMirrorHeaders, ReplicationRule, RoutingRule, StorageTransition, Tagging,
    TaggingRule)

from report import equal, run_step, write_pattern_file

BUCKET = os.environ['BUCKET']
SCRATCH = os.environ['SCRATCH']
KEYS = os.environ['OSS_ACCESS_KEY_ID'], os.environ['OSS_ACCESS_KEY_SECRET']
PART_LENGTH = 100 << 10
AUTH = {'v1': oss2.Auth, 'v4': oss2.AuthV4}[os.environ['SIGNATURE_VERSION']]


def make_bucket(name=BUCKET, keys=KEYS):
    return oss2.Bucket(AUTH(*keys), os.environ['ANNALS_ENDPOINT'], name, region=os.environ['OSS_REGION'])


bucket = make_bucket()


def refused(action, kind, code, status):
    """The SDK's own class of error."""
    try:
        action()
    except oss2.exceptions.ServerError as error:
        equal((type(error), error.code, error.status), (kind, code, status), 'error')
        return error
    raise AssertionError(f'The call succeeded although it had to be refused with {code}')


def versioned_bucket(name):
    made = make_bucket(name)
    made.create_bucket()
    config = BucketVersioningConfig()
    config.status = oss2.BUCKET_VERSIONING_ENABLE
    made.put_bucket_versioning(config)
    return made


def same(actual, wanted, what):
    """Compares models of the SDK by what they hold, and of an answer only what is asked for."""
    equal(fields_of(actual, wanted), fields_of(wanted, wanted), what)


def fields_of(value, like):
    if isinstance(like, (list, tuple)):
        parts = list(value or [])
        return [fields_of(one, like[min(index, len(like) - 1)]) for index, one in enumerate(parts)] if like else parts
    if hasattr(like, '__dict__') and value is not None:
        return {name: fields_of(getattr(value, name), one) for name, one in vars(like).items()
                if getattr(value, name) not in (None, []) or one not in (None, [])}
    return value


def head_bucket():
    def ask(name):
        return make_bucket(name)._do('HEAD', name, '')
    equal(ask(BUCKET).headers.get('x-oss-bucket-region', '').startswith('oss-'), True, 'region told')
    refused(lambda: ask(f'{BUCKET}-none'), oss2.exceptions.NoSuchBucket, 'NoSuchBucket', 404)
    return "note: no call of its own, so by the request that the SDK's calls are made of"


def exists_wrong_keys():
    for keys in (('unknown-key', 'secret'), (KEYS[0], 'wrong')):
        nowhere, here = make_bucket(f'{BUCKET}-none', keys), make_bucket(BUCKET, keys)
        refused(nowhere.get_bucket_info, oss2.exceptions.NoSuchBucket, 'NoSuchBucket', 404)
        refused(lambda: nowhere.object_exists('k'), oss2.exceptions.NoSuchBucket, 'NoSuchBucket', 404)
        try:
            here.object_exists('k')
        except oss2.exceptions.ServerError as error:
            equal(error.status, 403, 'status for an existing bucket')
        else:
            raise AssertionError('A stranger is told whether an object exists')


def upload_empty_file():
    path = os.path.join(SCRATCH, 'empty')
    open(path, 'wb').close()
    oss2.resumable_upload(bucket, 'empty', path, store=oss2.ResumableStore(root=SCRATCH))
    bucket.complete_multipart_upload('no parts', bucket.init_multipart_upload('no parts').upload_id, [])
    for key, kind in (('empty', 'Normal'), ('no parts', 'Multipart')):
        found = bucket.head_object(key)
        equal((bucket.get_object(key).read(), found.content_length, found.object_type), (b'', 0, kind), f'contents, length and type of {key}')
    return 'note: resumable_upload() puts what is shorter than its threshold; completed without parts by the single calls'


def multipart_sequential():
    key, pieces = 'sequential', [bytes([number]) * PART_LENGTH for number in (1, 2, 3)]
    upload_id = bucket.init_multipart_upload(key, params={'sequential': ''}).upload_id

    def send(number):
        return PartInfo(number, bucket.upload_part(key, upload_id, number, pieces[number - 1]).etag)
    parts = [send(1)]
    refused(lambda: send(3), oss2.exceptions.PartNotSequential, 'PartNotSequential', 400)
    bucket.complete_multipart_upload(key, upload_id, parts + [send(number) for number in (2, 3)])
    whole = b''.join(pieces)
    equal(bucket.get_object(key).read() == whole, True, 'contents as sent')
    equal(bucket.head_object(key).headers.get('Content-MD5'), base64.b64encode(hashlib.md5(whole).digest()).decode(), 'Content-MD5')


def set_meta_versioned():
    place = versioned_bucket(f'{BUCKET}-meta')
    old = place.put_object('k', b'contents', headers={
        'x-oss-meta-a': 'old', 'Content-Type': 'text/x-log', 'x-oss-object-acl': 'private'}).versionid
    new = place.update_object_meta('k', {'x-oss-meta-a': 'new'}).versionid
    equal(new not in (None, old), True, 'a version of its own')
    found = place.head_object('k')
    equal((found.versionid, found.headers.get('x-oss-meta-a'), found.content_type), (new, 'new', 'text/x-log'), 'new version')
    equal(place.get_object('k').read(), b'contents', 'contents')
    before = place.head_object('k', params={'versionId': old}).headers.get('x-oss-meta-a')
    equal((place.get_object_acl('k').acl, before), ('private', 'old'), 'ACL, and the old version')


def copy_large_version():
    place = versioned_bucket(f'{BUCKET}-large')
    path = write_pattern_file(os.path.join(SCRATCH, 'large'), 3 * PART_LENGTH)
    old = place.put_object_from_file('large', path).versionid
    place.put_object('large', b'newer')
    length = place.head_object('large', params={'versionId': old}).content_length
    upload_id = place.init_multipart_upload('copy').upload_id
    parts = []
    for start in range(0, length, PART_LENGTH):
        number, end = start // PART_LENGTH + 1, min(start + PART_LENGTH, length) - 1
        copied = place.upload_part_copy(
            place.bucket_name, 'large', (start, end), 'copy', upload_id, number, params={'versionId': old})
        parts.append(PartInfo(number, copied.etag))
    place.complete_multipart_upload('copy', upload_id, parts)
    with open(path, 'rb') as file:
        equal(place.get_object('copy').read() == file.read(), True, 'contents of the old version')


def lifecycle_dates():
    date = datetime.date(2030, 1, 1)
    tags = TaggingRule()
    tags.add('kind', 'log')
    rules = [
        LifecycleRule('dated', 'a/', expiration=LifecycleExpiration(date=date),
                      abort_multipart_upload=AbortMultipartUpload(created_before_date=date)),
        LifecycleRule('before', 'b/', expiration=LifecycleExpiration(created_before_date=date)),
        LifecycleRule('aged', 'c/', status=LifecycleRule.DISABLED, expiration=LifecycleExpiration(days=400),
                      storage_transitions=[StorageTransition(days=30, storage_class='IA'),
                                           StorageTransition(days=180, storage_class='Archive')], tagging=Tagging(tags)),
        LifecycleRule('versions', 'd/', expiration=LifecycleExpiration(expired_detete_marker=True),
                      noncurrent_version_expiration=NoncurrentVersionExpiration(10)),
    ]
    bucket.put_bucket_lifecycle(BucketLifecycle(rules))

    def described(rule):
        expiration, abort, old = rule.expiration, rule.abort_multipart_upload, rule.noncurrent_version_expiration
        return (rule.id, rule.prefix, rule.status,
                (expiration.days, expiration.date, expiration.created_before_date, expiration.expired_detete_marker),
                abort and abort.created_before_date, old and old.noncurrent_days,
                [(one.days, one.storage_class) for one in rule.storage_transitions or []],
                rule.tagging.tag_set.tagging_rule if rule.tagging else {})
    equal([described(rule) for rule in bucket.get_bucket_lifecycle().rules], [described(rule) for rule in rules], 'rules')
    bucket.delete_bucket_lifecycle()


def inventory():
    def inventory_of(inventory_id):
        return InventoryConfiguration(
            inventory_id=inventory_id, is_enabled=True, included_object_versions='All',
            inventory_filter=InventoryFilter('logs/', lower_size_bound='1024', upper_size_bound='1048576', storage_class='Standard,IA'),
            inventory_destination=InventoryDestination(InventoryBucketDestination(
                account_id='1000000000000000', role_arn='inventory', bucket=BUCKET, inventory_format='CSV', prefix='inventories',
                sse_kms_encryption=InventoryServerSideEncryptionKMS('default'))),
            inventory_schedule=InventorySchedule('Weekly'), optional_fields=['Size', 'LastModifiedDate', 'ETag'])
    for name in ('first', 'second'):
        bucket.put_bucket_inventory_configuration(inventory_of(name))
        same(bucket.get_bucket_inventory_configuration(name), inventory_of(name), 'inventory')
    listed = bucket.list_bucket_inventory_configurations()
    equal(([one.inventory_id for one in listed.inventory_configurations], listed.is_truncated), (['first', 'second'], False), 'list')
    for name in ('first', 'second'):
        bucket.delete_bucket_inventory_configuration(name)
    refused(lambda: bucket.get_bucket_inventory_configuration('first'), oss2.exceptions.NoSuchInventory, 'NoSuchInventory', 404)


def mirror_rules():
    headers = RedirectMirrorHeaders(pass_all=True, pass_list=['x-one', 'x-two'], remove_list=['x-three'],
                                    set_list=[MirrorHeadersSet('x-four', '4')])
    wanted = BucketWebsite('index.html', 'error.html', [
        RoutingRule(1, Condition('far/', 404), Redirect(
            oss2.models.REDIRECT_TYPE_MIRROR, mirror_url='https://origin.example/', mirror_pass_query_string=True,
            pass_query_string=True, mirror_follow_redirect=True, mirror_check_md5=False, mirror_headers=headers)),
        RoutingRule(2, Condition('moved/', 404, [ConditionInlcudeHeader('host', 'a.example')]), Redirect(
            oss2.models.REDIRECT_TYPE_EXTERNAL, proto='https', host_name='b.example', http_redirect_code=302,
            replace_key_prefix_with='new/', pass_query_string=False)),
    ])
    bucket.put_bucket_website(wanted)
    got = bucket.get_bucket_website()
    same(got, wanted, 'website')
    bucket.delete_bucket_website()


def replication():
    rule = ReplicationRule(
        rule_id='to-far', target_bucket_name='far-bucket', target_bucket_location='oss-cn-beijing', target_transfer_type='internal',
        prefix_list=['a/', 'b/'], action_list=[ReplicationRule.PUT], is_enable_historical_object_replication=False,
        sync_role_name='replicator')
    bucket.put_bucket_replication(rule)
    got = bucket.get_bucket_replication().rule_list
    equal((len(got), got[0].status in ('starting', 'doing')), (1, True), 'number of rules, and a status')
    rule.status = got[0].status
    same(got[0], rule, 'rule')
    bucket.delete_bucket_replication('to-far')


def qos():
    wanted = BucketQosInfo(100, 50, 50, 200, 100, -1, 300, -1, 100)
    bucket.put_bucket_qos_info(wanted)
    same(bucket.get_bucket_qos_info(), wanted, 'limits')
    bucket.delete_bucket_qos_info()


def cors_vary():
    wanted = BucketCors([
        CorsRule(['https://a.example', 'https://*.b.example'], ['GET', 'PUT'], ['*'], ['etag', 'x-oss-request-id'], 100),
        CorsRule(['*'], ['HEAD']),
    ], True)
    bucket.put_bucket_cors(wanted)
    same(bucket.get_bucket_cors(), wanted, 'rules')
    bucket.delete_bucket_cors()


def list_control_characters():
    keys = [f'control/{character}key' for character in ('\x01', '\t', '\n', '\r', '\x1f', '&<>"\'', '+ %')]
    for key in keys:
        bucket.put_object(key, b'x')
    wanted = sorted(keys)
    equal([item.key for item in oss2.ObjectIteratorV2(bucket, 'control/', max_keys=2)], wanted, 'ListObjectsV2')
    equal([item.key for item in oss2.ObjectIterator(bucket, 'control/', max_keys=2)], wanted, 'ListObjects')
    equal(sorted(bucket.batch_delete_objects(keys[1:3] + keys[5:]).deleted_keys), sorted(keys[1:3] + keys[5:]), 'deleted in one request')
    for key in (keys[0], keys[3], keys[4]):
        bucket.delete_object(key)
    equal([item.key for item in oss2.ObjectIterator(bucket, 'control/')], [], 'keys left')


def copy_conditional():
    etag = bucket.put_object('source', b'source').etag
    now = datetime.datetime.now(datetime.timezone.utc)
    past, future = (oss2.http_date(int((now + datetime.timedelta(days=days)).timestamp())) for days in (-1, 1))

    def copy(condition, value):
        return bucket.copy_object(BUCKET, 'source', 'target', headers={f'x-oss-copy-source-{condition}': value})
    for condition, value in (
            ('if-match', etag), ('if-none-match', 'other'), ('if-modified-since', past), ('if-unmodified-since', future)):
        equal(copy(condition, value).etag, etag, f'ETag of the copy with {condition}')
    for condition, value in (('if-match', 'other'), ('if-unmodified-since', past)):
        refused(lambda: copy(condition, value), oss2.exceptions.PreconditionFailed, 'PreconditionFailed', 412)
    for condition, value in (('if-none-match', etag), ('if-modified-since', future)):
        try:
            copy(condition, value)
        except oss2.exceptions.NotModified as error:
            equal(error.status, 304, f'status with {condition}')
        else:
            raise AssertionError(f'The copy was made in spite of {condition}')


def range_if_range():
    old = bucket.put_object('joined', b'0123456789').etag
    new = bucket.put_object('joined', b'abcdefghij').etag

    def rest(etag):
        answer = bucket.get_object('joined', byte_range=(5, None), headers={'If-Range': f'"{etag}"'})
        return answer.status, answer.read()
    equal(rest(old), (200, b'abcdefghij'), 'answer to the old ETag')
    equal(rest(new), (206, b'fghij'), 'answer to the new ETag')


run_step('head-bucket', head_bucket)
run_step('exists-wrong-keys', exists_wrong_keys)
run_step('upload-empty-file', upload_empty_file)
run_step('multipart-sequential', multipart_sequential)
run_step('set-meta-versioned', set_meta_versioned)
run_step('copy-large-version', copy_large_version)
run_step('lifecycle-dates', lifecycle_dates)
run_step('inventory', inventory)
run_step('mirror-rules', mirror_rules)
run_step('replication', replication)
run_step('qos', qos)
run_step('cors-vary', cors_vary)
run_step('list-control-characters', list_control_characters)
run_step('copy-conditional', copy_conditional)
run_step('range-if-range', range_if_range)
