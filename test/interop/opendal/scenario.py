"""The shared scenario through the Python binding of Apache OpenDAL, whose oss service appends, reads, stats, lists and presigns."""
import asyncio
import os

import opendal

from report import equal, not_in_sdk, required, run_step, send, write_pattern_file

ENDPOINT = os.environ['ANNALS_ENDPOINT']
BUCKET = os.environ['BUCKET']
MIB = 1 << 20

# begin connect
operator = opendal.Operator(
    'oss', bucket=BUCKET, endpoint=ENDPOINT,  # endpoint: 'http://127.0.0.1:9000'
    addressing_style='path',                  # the default, virtual, needs BUCKET.HOST names
    access_key_id=os.environ['OSS_ACCESS_KEY_ID'], access_key_secret=os.environ['OSS_ACCESS_KEY_SECRET'],
)
# end connect


def append(path, body):
    operator.write(path, body, append=True)


def refused(action, kind, word):
    try:
        action()
    except kind as error:
        if word not in str(error):
            raise
        return
    raise AssertionError(f'The call succeeded although it had to be refused with {word}')


def append_1():
    operator.write('scenario/appended.log', b'first ', append=True, content_type='text/plain', cache_control='no-store')
    equal(operator.read('scenario/appended.log'), b'first ', 'contents')


def append_2():
    append('scenario/appended.log', b'second ')
    equal(operator.read('scenario/appended.log'), b'first second ', 'contents')


def append_3():
    append('scenario/appended.log', b'third')
    equal(operator.read('scenario/appended.log'), b'first second third', 'contents')
    equal(operator.stat('scenario/appended.log').content_type, 'text/plain', 'content type of the first append')
    return 'note: the binding sends no ACL, storage class, MD5 or CRC; positions are its own, from HEAD'


def append_to_normal():
    operator.write('scenario/normal.txt', b'normal')
    refused(lambda: append('scenario/normal.txt', b'x'), opendal.exceptions.Unexpected, 'ObjectNotAppendable')
    equal(operator.read('scenario/normal.txt'), b'normal', 'contents')


def append_empty():
    append('scenario/empty.log', b'')
    exists = operator.exists('scenario/empty.log')
    if exists:
        equal(operator.stat('scenario/empty.log').content_length, 0, 'length')
    append('scenario/empty.log', b'x')
    append('scenario/empty.log', b'')
    equal(operator.read('scenario/empty.log'), b'x', 'contents')
    return '' if exists else 'note: the binding sends no request for nothing; an object appears with its first byte'


def append_64mib():
    path = write_pattern_file(os.path.join(os.environ['SCRATCH'], 'large.bin'), 64 * MIB)
    with open(path, 'rb') as file:
        contents = file.read()
    append('scenario/large.bin', contents)
    equal(operator.stat('scenario/large.bin').content_length, 64 * MIB, 'length')
    equal(operator.read('scenario/large.bin') == contents, True, 'contents as sent')
    return 'note: the binding has no progress callback'


def overwrite_appendable():
    append('scenario/kept.log', b'kept')
    refused(lambda: operator.write('scenario/kept.log', b'gone'), opendal.exceptions.Conflict, 'FileAlreadyExists')
    equal(operator.read('scenario/kept.log'), b'kept', 'contents')


def copy_appendable():
    append('scenario/uncopied.log', b'here')
    refused(lambda: operator.copy('scenario/uncopied.log', 'scenario/copied.log'), opendal.exceptions.Unexpected,
            'OperationNotSupported')


def head():
    append('scenario/head.log', b'0123456789')
    found = operator.stat('scenario/head.log')
    equal((found.content_length, len(found.etag.strip('"'))), (10, 32), 'length and digits of the ETag')
    refused(lambda: operator.stat('scenario/none'), opendal.exceptions.NotFound, 'NotFound')


def get():
    append('scenario/get a+b/中文.log', b'contents')
    equal(operator.read('scenario/get a+b/中文.log'), b'contents', 'contents')
    refused(lambda: operator.read('scenario/none'), opendal.exceptions.NotFound, 'NoSuchKey')


def range_step():
    append('scenario/range.log', b'01234')
    append('scenario/range.log', b'56789')
    equal(operator.read('scenario/range.log', offset=3, size=4), b'3456', '4 bytes from 3')
    with operator.open('scenario/range.log', 'rb') as file:
        file.seek(7)
        equal(file.read(), b'789', 'bytes from 7')


def list_step():
    append('list/a/1.log', b'abc')
    operator.write('list/b.txt', b'abcd')
    equal([entry.path for entry in operator.list('list/', recursive=True) if not entry.path.endswith('/')],
          ['list/a/1.log', 'list/b.txt'], 'listing')
    equal([entry.path for entry in operator.list('list/') if entry.path != 'list/'], ['list/a/', 'list/b.txt'],
          'listing of one level')
    return 'note: the binding does not show object types'


def put():
    operator.write('scenario/put.txt', b'put', content_type='text/plain', user_metadata={'a': 'b'})
    found = operator.stat('scenario/put.txt')
    equal((operator.read('scenario/put.txt'), found.content_type, found.user_metadata), (b'put', 'text/plain', {'a': 'b'}), 'put')


def multipart():
    contents = os.urandom(2 * MIB + 128 * 1024)
    operator.write('scenario/parts.bin', contents, chunk=MIB, concurrent=2)
    equal(operator.read('scenario/parts.bin') == contents, True, 'contents as sent')
    equal(operator.stat('scenario/parts.bin').etag.strip('"')[-2:], '-3', 'end of the ETag')


def copy():
    operator.write('scenario/original.txt', b'original')
    operator.copy('scenario/original.txt', 'scenario/copy.txt')
    equal(operator.read('scenario/copy.txt'), b'original', 'contents')


def delete_many():
    for name in ('1', '2 a+b'):
        operator.write(f'many/{name}', b'x')
    operator.remove_all('many/')
    equal(operator.exists('many/1') or operator.exists('many/2 a+b'), False, 'a key is left')


async def presign(method, key):
    return await getattr(operator.to_async_operator(), method)(key, 300)


def presigned_put():
    url = asyncio.run(presign('presign_write', 'scenario/presigned.txt'))
    # The binding offers a content-length of 0 with the URL; the length is the sender's own.
    headers = {name: value for name, value in url.headers.items() if name != 'content-length'}
    answer = send(url.method, url.url, b'by url', headers)
    equal(answer.status, 200, f'status ({answer.body!r})')
    equal(operator.read('scenario/presigned.txt'), b'by url', 'contents')


def presigned_get():
    append('scenario/to get.log', b'by url')
    url = asyncio.run(presign('presign_read', 'scenario/to get.log'))
    answer = send(url.method, url.url, headers=url.headers)
    equal((answer.status, answer.body), (200, b'by url'), 'answer')


def policy_denial():
    append('scenario/read only.log', b'read me')
    reader = opendal.Operator(
        'oss', bucket=BUCKET, endpoint=ENDPOINT, addressing_style='path',
        access_key_id=required('READER_ACCESS_KEY_ID', 'READER_MISSING'),
        access_key_secret=required('READER_ACCESS_KEY_SECRET', 'READER_MISSING'))
    equal(reader.read('scenario/read only.log'), b'read me', 'contents read by the user')
    refused(lambda: reader.write('scenario/read only.log', b'x', append=True), opendal.exceptions.PermissionDenied,
            'AccessDenied')
    equal(operator.read('scenario/read only.log'), b'read me', 'contents')


not_in_sdk('OpenDAL has no bucket calls', 'create-bucket', 'versioning', 'lifecycle', 'cors', 'bucket-policy')
run_step('append-1', append_1)
run_step('append-2', append_2)
run_step('append-3', append_3)
not_in_sdk('the service sends such headers with no append', 'append-sse', 'append-tagging')
not_in_sdk('the writer takes the position from HEAD; a program cannot give one', 'append-wrong-position')
run_step('append-to-normal', append_to_normal)
run_step('append-empty', append_empty)
run_step('append-64mib', append_64mib)
run_step('overwrite-appendable', overwrite_appendable)
run_step('copy-appendable', copy_appendable)
run_step('head', head)
run_step('get', get)
run_step('range', range_step)
run_step('list', list_step)
run_step('put', put)
run_step('multipart', multipart)
not_in_sdk('an upload broken off is aborted, never resumed', 'multipart-resume')
run_step('copy', copy)
run_step('delete-many', delete_many)
run_step('presigned-put', presigned_put)
run_step('presigned-get', presigned_get)
not_in_sdk('OpenDAL presigns read, stat and write alone', 'presigned-append')
not_in_sdk('the service has no setting for a given security token, only for roles it assumes at the public STS', 'sts')
run_step('policy-denial', policy_denial)
not_in_sdk('the documents have no sample for OpenDAL', 'sample')
not_in_sdk('OpenDAL has no such call', 'seal', 'tagging', 'symlink')
