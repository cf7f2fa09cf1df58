"""Appends through alibabacloud-oss-v2 while its server or network fail. INTERFACE chooses append_object or append_file."""
import os

import alibabacloud_oss_v2 as oss

import blocks

WHERE = {'bucket': os.environ['BUCKET'], 'key': os.environ['KEY']}
config = oss.config.load_default()
config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
config.region = os.environ['OSS_REGION']
config.endpoint = os.environ['ANNALS_ENDPOINT']
client = oss.Client(config)
opened = None


def append(position, body):
    return client.append_object(oss.AppendObjectRequest(**WHERE, position=position, body=body)).next_position


def append_by_file(position, body):
    global opened
    if opened is None or opened.tell() != position:
        opened = client.append_file(WHERE['bucket'], WHERE['key'])
    try:
        opened.write(body)
    except Exception:
        opened = None
        raise
    return opened.tell()


def length():
    try:
        return client.head_object(oss.HeadObjectRequest(**WHERE)).content_length
    except oss.exceptions.OperationError as error:
        inner = error.unwrap()
        return 0 if isinstance(inner, oss.exceptions.ServiceError) and inner.status_code == 404 else None


def describe(error):
    inner = error.unwrap() if isinstance(error, oss.exceptions.OperationError) else error
    if isinstance(inner, oss.exceptions.ServiceError):
        return f'{type(error).__name__}: {inner.status_code} {inner.code}'
    return f'{type(error).__name__}: {type(inner).__name__}'


blocks.run(append_by_file if os.environ.get('INTERFACE') == 'append_file' else append, length, describe)
