"""An S3 server on loopback that checks signatures: moto, with one bucket and one user. Prints where it is as a line of JSON; ends with its input."""

import json
import logging
import os
import sys

# So many calls make the bucket and the user; from then on every signature is checked.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "4"

import boto3  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

REGION = "us-east-1"
BUCKET = "backups"
USER = "backup"

# A line for each request would hide what the tests say.
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"


def client(service: str):
    return boto3.client(
        service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id="none", aws_secret_access_key="none"
    )


client("s3").create_bucket(Bucket=BUCKET)
iam = client("iam")
iam.create_user(UserName=USER)
key = iam.create_access_key(UserName=USER)["AccessKey"]
statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
iam.put_user_policy(
    UserName=USER,
    PolicyName="all",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
)
found = {
    "endpoint": endpoint,
    "region": REGION,
    "bucket": BUCKET,
    "accessKeyId": key["AccessKeyId"],
    "secretAccessKey": key["SecretAccessKey"],
}
print(json.dumps(found), flush=True)
sys.stdin.read()
server.stop()
