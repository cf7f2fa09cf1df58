"""Appends through oss2 while its server or network fail."""
import os

import oss2

import blocks

auth = oss2.AuthV4(os.environ['OSS_ACCESS_KEY_ID'], os.environ['OSS_ACCESS_KEY_SECRET'])
bucket = oss2.Bucket(auth, os.environ['ANNALS_ENDPOINT'], os.environ['BUCKET'], region=os.environ['OSS_REGION'])
KEY = os.environ['KEY']


def append(position, body):
    return bucket.append_object(KEY, position, body).next_position


def length():
    try:
        return bucket.head_object(KEY).content_length
    except oss2.exceptions.NoSuchKey:
        return 0
    except oss2.exceptions.RequestError:
        return None


def describe(error):
    return f'{type(error).__name__}: {getattr(error, "status", "")} {getattr(error, "code", "")}'.strip()


blocks.run(append, length, describe)
