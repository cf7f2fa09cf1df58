"""
Appends numbered blocks whatever happens: each error of the SDK is told, then HEAD decides whether the block was applied.
`append(position, body)` returns the next position; `length()` gives the object's length, None while it cannot be had.
"""
import json
import os
import time

HEAD_ATTEMPTS = 120
HEAD_PAUSE_SECONDS = 0.25


def tell(block, outcome, error=None):
    print(json.dumps({'block': block, 'outcome': outcome, **({} if error is None else {'error': error})}), flush=True)


def run(append, length, describe):
    count, block_length = int(os.environ['BLOCK_COUNT']), int(os.environ['BLOCK_LENGTH'])
    position = 0
    for block in range(count):
        body = (f'{block:08d}' * -(-block_length // 8))[:block_length].encode()
        while True:
            try:
                position = append(position, body)
                tell(block, 'ok')
                break
            except Exception as error:  # What an SDK reports is what this program is for.
                tell(block, 'error', describe(error))
            now = wait_for_length(length)
            if now == position + len(body):
                position = now
                tell(block, 'applied')
                break
            if now != position:
                raise SystemExit(f'block {block}: the object has {now} bytes, wanted {position} or {position + len(body)}')


def wait_for_length(length):
    for _ in range(HEAD_ATTEMPTS):
        found = length()
        if found is not None:
            return found
        time.sleep(HEAD_PAUSE_SECONDS)
    raise SystemExit('the server did not come back')
