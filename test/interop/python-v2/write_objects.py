"""Writes what the commands of annals are tried on, through alibabacloud-oss-v2; the list is contract/written.cjs."""
import os

import alibabacloud_oss_v2 as oss

BUCKET = os.environ['BUCKET']
PART_LENGTH = 100 << 10

config = oss.config.load_default()
config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
config.region = os.environ['OSS_REGION']
config.endpoint = os.environ['ANNALS_ENDPOINT']
client = oss.Client(config)


def put(key, body=None, **more):
    body = f'contents of {key}\n'.encode() if body is None else body
    client.put_object(oss.PutObjectRequest(bucket=BUCKET, key=key, body=body, **more))


def put_parts(key, body):
    upload_id = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key=key)).upload_id
    parts = []
    for number, start in enumerate(range(0, len(body), PART_LENGTH), 1):
        sent = client.upload_part(oss.UploadPartRequest(
            bucket=BUCKET, key=key, upload_id=upload_id, part_number=number, body=body[start:start + PART_LENGTH]))
        parts.append(oss.UploadPart(part_number=number, etag=sent.etag))
    client.complete_multipart_upload(oss.CompleteMultipartUploadRequest(
        bucket=BUCKET, key=key, upload_id=upload_id,
        complete_multipart_upload=oss.CompleteMultipartUpload(parts=parts)))


for name in ('plain.txt', 'with space/a b.txt', 'plus+and%percent%20.txt', 'ünïcode/Käse 日本.txt', 'folder/inside.txt'):
    put(name)
put('folder/', b'')
put('encoded.gz', content_encoding='gzip')
put('described.log', content_type='text/x-log', metadata={'source': 'camera 7'})
put_parts('multipart.bin', bytes((i ^ i >> 8 ^ i >> 16) & 255 for i in range(250 << 10)))
position = 0
for piece in (b'line one\nline two\n', b'line three\n'):
    position = client.append_object(oss.AppendObjectRequest(
        bucket=BUCKET, key='growing.log', position=position, body=piece)).next_position
client.put_symlink(oss.PutSymlinkRequest(bucket=BUCKET, key='link.txt', symlink_target='plain.txt'))
