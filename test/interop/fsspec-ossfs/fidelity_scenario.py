"""Details of the public service through fsspec's ossfs: objects as files, signed with V1."""
import os

import fsspec

from report import equal, not_in_sdk, run_step

BUCKET = os.environ['BUCKET']
SCRATCH = os.environ['SCRATCH']
KEYS = os.environ['OSS_ACCESS_KEY_ID'], os.environ['OSS_ACCESS_KEY_SECRET']


def connect(keys):
    return fsspec.filesystem(
        'oss', skip_instance_cache=True, endpoint=os.environ['ANNALS_ENDPOINT'], key=keys[0], secret=keys[1])


files = connect(KEYS)


def refused(action, kind, word):
    try:
        action()
    except kind as error:
        if word not in f'{error} {error.__cause__}':
            raise
        return
    raise AssertionError(f'The call succeeded although it had to be refused with {word}')


def exists_wrong_keys():
    for keys in (('unknown-key', 'secret'), (KEYS[0], 'wrong')):
        stranger = connect(keys)
        refused(lambda: stranger.created(f'{BUCKET}-none'), FileNotFoundError, 'NoSuchBucket')
        refused(lambda: stranger.cat_file(f'{BUCKET}-none/k'), FileNotFoundError, 'bucket')
        refused(lambda: stranger.created(BUCKET), OSError, '403')
        refused(lambda: stranger.exists(f'{BUCKET}-none/k'), FileNotFoundError, 'bucket')
    return 'note: by created() and cat_file(); exists() of ossfs raises for a missing bucket'


def upload_empty_file():
    path = os.path.join(SCRATCH, 'empty')
    open(path, 'wb').close()
    files.put_file(path, f'{BUCKET}/empty')
    files.pipe_file(f'{BUCKET}/piped', b'')
    for key in ('empty', 'piped'):
        files.invalidate_cache()
        equal((files.cat_file(f'{BUCKET}/{key}'), files.size(f'{BUCKET}/{key}')), (b'', 0), f'contents and length of {key}')
    return 'note: put_file() and pipe_file() put it; no upload without parts; ossfs shows no object types'


def list_control_characters():
    keys = [f'control/{character}key' for character in ('\x01', '\t', '\n', '\r', '\x1f', '&<>"\'', '+ %')]
    for key in keys:
        files.pipe_file(f'{BUCKET}/{key}', b'x')
    files.invalidate_cache()
    found = sorted(name.lstrip('/').removeprefix(f'{BUCKET}/') for name in files.find(f'{BUCKET}/control/'))
    equal(found, sorted(keys), 'listing')
    for key in keys:
        files.rm_file(f'{BUCKET}/{key}')
    files.invalidate_cache()
    equal(list(files.find(f'{BUCKET}/control/')), [], 'keys left')


run_step('exists-wrong-keys', exists_wrong_keys)
run_step('upload-empty-file', upload_empty_file)
run_step('list-control-characters', list_control_characters)
not_in_sdk('not offered by the client: of buckets ossfs has bucketInfo alone', 'head-bucket', 'lifecycle-dates', 'inventory',
           'mirror-rules', 'replication', 'qos', 'cors-vary')
not_in_sdk('not offered by the client: pipe_file() sends all parts in order by itself', 'multipart-sequential')
not_in_sdk('not offered by the client: cp_file() takes two paths and nothing else', 'set-meta-versioned', 'copy-large-version',
           'copy-conditional')
not_in_sdk('not offered by the client: cat_file() and get_object() take no headers', 'range-if-range')
