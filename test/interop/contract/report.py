"""Prints one JSON line per step of the shared scenario. Leaves out every SDK: what fails is told by the exception."""
import http.client
import json
import os
import sys
import traceback
import urllib.parse

RESULTS = set()


def report(step, state, detail=''):
    RESULTS.add(step)
    print(json.dumps({'step': step, 'state': state, 'detail': detail}), flush=True)


def not_in_sdk(reason, *steps):
    for step in steps:
        report(step, 'not-in-sdk', reason)


def run_step(step, action):
    """Runs one step; whatever it raises is its failure, and the next step still runs."""
    try:
        detail = action()
        report(step, 'pass', detail if isinstance(detail, str) else '')
    except Exception as error:  # A step must not end the program: the others are still to be told.
        place = traceback.extract_tb(sys.exc_info()[2])
        line = next((frame.lineno for frame in reversed(place) if frame.filename.endswith('scenario.py')), 0)
        report(step, 'fail', f'line {line}: {type(error).__name__}: {" ".join(str(error).split())[:600]}')


def equal(actual, wanted, what):
    if actual != wanted:
        raise AssertionError(f'{what} is {shorten(actual)}, wanted {shorten(wanted)}')


def shorten(value):
    text = repr(value)
    return text if len(text) <= 200 else f'{text[:200]}... ({len(text)} characters)'


def required(name, missing_reason):
    """Value of an environment variable that the runner could not set while the server lacks something."""
    value = os.environ.get(name)
    if value is None:
        raise AssertionError(os.environ.get(missing_reason, f'{name} is not set'))
    return value


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


def send(method, url, body=None, headers=None):
    """Sends a request without any SDK, and without the headers that friendlier libraries add: V1 would have to sign them."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        connection.request(method, f'{parts.path}?{parts.query}', body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def write_pattern_file(path, length_bytes):
    """A file whose every piece tells where it belongs: 8-byte counters."""
    with open(path, 'wb') as file:
        for start in range(0, length_bytes, 1 << 20):
            numbers = range(start // 8, min(start + (1 << 20), length_bytes) // 8)
            file.write(b''.join(number.to_bytes(8, 'big') for number in numbers))
    return path
