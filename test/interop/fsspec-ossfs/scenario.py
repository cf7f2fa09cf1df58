"""The shared scenario through fsspec's ossfs: objects as files. Its file handles write with AppendObject."""
import os

import fsspec

from report import equal, not_in_sdk, required, run_step, write_pattern_file

ENDPOINT = os.environ['ANNALS_ENDPOINT']
BUCKET = os.environ['BUCKET']
SCRATCH = os.environ['SCRATCH']
MIB = 1 << 20

# begin connect
files = fsspec.filesystem(
    'oss', endpoint=ENDPOINT,  # 'http://127.0.0.1:9000' or 'http://localhost:9000': other names must be BUCKET.HOST
    key=os.environ['OSS_ACCESS_KEY_ID'], secret=os.environ['OSS_ACCESS_KEY_SECRET'],
)
files.invalidate_cache()  # before every look at a file that grows: sizes are remembered, and use_listings_cache=False fails
# end connect


def path(key):
    return f'{BUCKET}/{key}'


def append(key, body):
    files.invalidate_cache()
    with files.open(path(key), 'ab') as file:
        file.write(body)


def read(key):
    files.invalidate_cache()
    with files.open(path(key), 'rb') as file:
        return file.read()


def refused(action, kind, word):
    try:
        action()
    except kind as error:
        if word not in str(error):
            raise
        return
    raise AssertionError(f'The call succeeded although it had to be refused with {word}')


def append_1():
    append('scenario/appended.log', b'first ')
    equal(read('scenario/appended.log'), b'first ', 'contents')


def append_2():
    append('scenario/appended.log', b'second ')
    equal(read('scenario/appended.log'), b'first second ', 'contents')


def append_3():
    append('scenario/appended.log', b'third')
    equal(read('scenario/appended.log'), b'first second third', 'contents')
    equal(files.append_object(path('scenario/appended.log'), 18, b'!'), 19, 'next position')
    return 'note: ossfs sends no metadata, ACL, storage class, MD5 or CRC'


def append_wrong_position():
    append('scenario/position.log', b'12345')
    for position in (0, 4, 6):
        refused(lambda: files.append_object(path('scenario/position.log'), position, b'x'), OSError, 'PositionNotEqualToLength')
    equal(read('scenario/position.log'), b'12345', 'contents')
    return 'note: an OSError with the code in its text; the next position only in the text of its headers'


def append_to_normal():
    files.pipe_file(path('scenario/normal.txt'), b'normal')
    refused(lambda: files.append_object(path('scenario/normal.txt'), 6, b'x'), OSError, 'ObjectNotAppendable')
    equal(read('scenario/normal.txt'), b'normal', 'contents')


def append_empty():
    equal(files.append_object(path('scenario/empty.log'), 0, b''), 0, 'next position')
    files.invalidate_cache()
    equal((files.size(path('scenario/empty.log')), files.exists(path('scenario/empty.log'))), (0, True), 'size')


def append_64mib():
    local = write_pattern_file(os.path.join(SCRATCH, 'large.bin'), 64 * MIB)
    with open(local, 'rb') as source, files.open(path('scenario/large.bin'), 'ab', block_size=128 * MIB) as file:
        while piece := source.read(8 * MIB):
            file.write(piece)
    files.invalidate_cache()
    files.get_file(path('scenario/large.bin'), f'{local}.read')
    with open(local, 'rb') as sent, open(f'{local}.read', 'rb') as got:
        equal(sent.read() == got.read(), True, 'contents as sent')
    return 'note: a handle that fills its block_size twice fails in ossfs itself (it moves its position twice); no progress callback'


def overwrite_appendable():
    append('scenario/kept.log', b'kept')
    refused(lambda: files.pipe_file(path('scenario/kept.log'), b'gone'), OSError, 'FileAlreadyExists')
    equal(read('scenario/kept.log'), b'kept', 'contents')
    with files.open(path('scenario/kept.log'), 'wb') as file:
        file.write(b'new')
    equal(read('scenario/kept.log'), b'new', 'contents after open for writing')
    return "note: open(..., 'wb') deletes the object first, so it replaces an appendable; pipe() and put() do not"


def copy_appendable():
    append('scenario/uncopied.log', b'here')
    refused(lambda: files.cp_file(path('scenario/uncopied.log'), path('scenario/copied.log')), OSError, 'OperationNotSupported')


def head():
    append('scenario/head.log', b'0123456789')
    found = files.info(path('scenario/head.log'))
    equal((found['size'], found['type']), (10, 'file'), 'size and type')
    equal(files.exists(path('scenario/none')), False, 'exists')


def get():
    append('scenario/get a+b/中文.log', b'contents')
    equal((read('scenario/get a+b/中文.log'), files.cat_file(path('scenario/get a+b/中文.log'))), (b'contents', b'contents'), 'contents')
    refused(lambda: read('scenario/none'), FileNotFoundError, 'scenario/none')


def range_step():
    append('scenario/range.log', b'0123456789')
    equal(files.get_object(path('scenario/range.log'), 3, 6), b'3456', 'bytes 3 to 6')
    files.invalidate_cache()
    with files.open(path('scenario/range.log'), 'rb') as file:
        file.seek(3)
        equal(file.read(4), b'3456', '4 bytes from 3')
        file.seek(-2, 2)
        equal(file.read(), b'89', 'last two bytes')
    return 'note: cat_file(start, end) of ossfs includes the byte at end, unlike other file systems'


def list_step():
    append('list/a/1.log', b'abc')
    files.pipe_file(path('list/b.txt'), b'abcd')
    listed = [(os.path.relpath(item['name'].lstrip('/'), BUCKET), item['size']) for item in files.ls(path('list/'), detail=True)]
    equal(sorted(entry for entry in listed if entry[0] != 'list'), [('list/a', 0), ('list/b.txt', 4)], 'listing of one level')
    equal(sorted(os.path.relpath(name.lstrip('/'), BUCKET) for name in files.find(path('list/'))), ['list/a/1.log', 'list/b.txt'], 'all files')
    return 'note: ossfs shows no object types'


def put():
    local = os.path.join(SCRATCH, 'put.txt')
    with open(local, 'wb') as file:
        file.write(b'put')
    files.put_file(local, path('scenario/put.txt'))
    equal(read('scenario/put.txt'), b'put', 'contents')


def multipart():
    contents = os.urandom(12 * MIB)
    files.pipe_file(path('scenario/parts.bin'), contents)
    equal(files.cat_file(path('scenario/parts.bin')) == contents, True, 'contents as sent')


def copy():
    files.pipe_file(path('scenario/original.txt'), b'original')
    files.cp_file(path('scenario/original.txt'), path('scenario/copy.txt'))
    equal(read('scenario/copy.txt'), b'original', 'contents')


def delete_many():
    for name in ('1', '2 a+b'):
        files.pipe_file(path(f'many/{name}'), b'x')
    files.rm(path('many'), recursive=True)
    equal(files.exists(path('many/1')) or files.exists(path('many/2 a+b')), False, 'a key is left')


def sts():
    temporary = fsspec.filesystem(
        'oss', endpoint=ENDPOINT, skip_instance_cache=True, key=required('STS_ACCESS_KEY_ID', 'STS_MISSING'),
        secret=required('STS_ACCESS_KEY_SECRET', 'STS_MISSING'), token=required('STS_SECURITY_TOKEN', 'STS_MISSING'))
    equal(temporary.append_object(path('scenario/sts.log'), 0, b'temporary'), 9, 'next position')
    equal(temporary.cat_file(path('scenario/sts.log')), b'temporary', 'contents')


def policy_denial():
    append('scenario/read only.log', b'read me')
    reader = fsspec.filesystem(
        'oss', endpoint=ENDPOINT, skip_instance_cache=True, key=required('READER_ACCESS_KEY_ID', 'READER_MISSING'),
        secret=required('READER_ACCESS_KEY_SECRET', 'READER_MISSING'))
    equal(reader.get_object(path('scenario/read only.log'), 0, 7), b'read me', 'contents read by the user')
    refused(lambda: reader.append_object(path('scenario/read only.log'), 7, b'x'), PermissionError, '')
    equal(read('scenario/read only.log'), b'read me', 'contents')


not_in_sdk('the documents have no sample for ossfs', 'sample')
not_in_sdk('ossfs has no bucket calls but listing', 'create-bucket', 'versioning', 'lifecycle', 'cors', 'bucket-policy')
run_step('append-1', append_1)
run_step('append-2', append_2)
run_step('append-3', append_3)
not_in_sdk('ossfs sends no headers with an append', 'append-sse', 'append-tagging')
run_step('append-wrong-position', append_wrong_position)
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
not_in_sdk('ossfs has no call to go on with an upload', 'multipart-resume')
run_step('copy', copy)
run_step('delete-many', delete_many)
not_in_sdk('sign() is not implemented in ossfs', 'presigned-put', 'presigned-get', 'presigned-append')
run_step('sts', sts)
run_step('policy-denial', policy_denial)
not_in_sdk('ossfs has no such call', 'seal', 'tagging', 'symlink')
