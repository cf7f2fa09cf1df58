"""Details of the public service through the Python binding of Apache OpenDAL, which has calls for objects alone."""
import asyncio
import os

import opendal

from report import equal, not_in_sdk, run_step, send

BUCKET = os.environ['BUCKET']
KEYS = os.environ['OSS_ACCESS_KEY_ID'], os.environ['OSS_ACCESS_KEY_SECRET']


def options_of(bucket, keys):
    return {'bucket': bucket, 'endpoint': os.environ['ANNALS_ENDPOINT'], 'addressing_style': 'path', 'access_key_id': keys[0],
            'access_key_secret': keys[1]}


operator = opendal.Operator('oss', **options_of(BUCKET, KEYS))


def refused(action, kind, word):
    try:
        action()
    except kind as error:
        if word not in str(error):
            raise
        return
    raise AssertionError(f'The call succeeded although it had to be refused with {word}')


def exists_wrong_keys():
    for keys in (('unknown-key', 'secret'), (KEYS[0], 'wrong')):
        nowhere, here = (opendal.Operator('oss', **options_of(bucket, keys)) for bucket in (f'{BUCKET}-none', BUCKET))
        equal(nowhere.exists('k'), False, 'object of a missing bucket')
        refused(lambda: nowhere.stat('k'), opendal.exceptions.NotFound, '404')
        refused(lambda: nowhere.read('k'), opendal.exceptions.NotFound, 'NoSuchBucket')
        refused(lambda: here.exists('k'), opendal.exceptions.PermissionDenied, '403')
    return 'note: of objects, as the client has no calls for buckets'


def type_of(key):
    """The binding shows no object type; the header of the request that it presigns does."""
    async def presign():
        presigning = opendal.AsyncOperator('oss', **options_of(BUCKET, KEYS))
        return await presigning.presign_stat(key, 60)
    signed = asyncio.run(presign())
    answer = send(signed.method, signed.url, headers=signed.headers)
    return answer.headers.get('x-oss-object-type')


def upload_empty_file():
    operator.write('empty', b'')
    with operator.open('by handle', 'wb') as file:
        file.write(b'')
    for key in ('empty', 'by handle'):
        equal((operator.read(key), operator.stat(key).content_length, type_of(key)), (b'', 0, 'Normal'), f'contents, length and type of {key}')
    return 'note: write() and a file handle put it; no upload without parts'


def list_control_characters():
    keys = [f'control/{character}key' for character in ('\x01', '\t', '\n', '\r', '\x1f', '&<>"\'', '+ %')]
    for key in keys:
        operator.write(key, b'x')
    found = [entry.path for entry in operator.list('control/', recursive=True) if not entry.path.endswith('/')]
    equal(found, sorted(keys), 'listing')
    for key in keys:
        operator.delete(key)
    equal([entry.path for entry in operator.list('control/') if not entry.path.endswith('/')], [], 'keys left')


run_step('exists-wrong-keys', exists_wrong_keys)
run_step('upload-empty-file', upload_empty_file)
run_step('list-control-characters', list_control_characters)
not_in_sdk('not offered by the client: OpenDAL has no bucket calls', 'head-bucket', 'lifecycle-dates', 'inventory', 'mirror-rules',
           'replication', 'qos', 'cors-vary')
not_in_sdk('not offered by the client: its uploads in parts are its own, without `sequential`', 'multipart-sequential')
not_in_sdk('not offered by the client: copy() takes two paths and nothing else', 'set-meta-versioned', 'copy-large-version',
           'copy-conditional')
not_in_sdk('not offered by the client: read() has if_match, which refuses, and no If-Range', 'range-if-range')
