# Our own program with the calls of the Python (V1 SDK) sample: append at position 0, then at the position the first answer gave.
import os
import sys

import oss2

endpoint, bucket_name, object_name = sys.argv[1:]

# begin connect
auth = oss2.Auth(os.environ['OSS_ACCESS_KEY_ID'], os.environ['OSS_ACCESS_KEY_SECRET'])
bucket = oss2.Bucket(auth, endpoint, bucket_name)  # endpoint: 'http://127.0.0.1:9000' or 'http://localhost:9000'
# V4: oss2.AuthV4(id, secret) and Bucket(..., region='cn-hangzhou'). Any other host name: Bucket(..., is_path_style=True)
# end connect

result = bucket.append_object(object_name, 0, 'content of first append')
bucket.append_object(object_name, result.next_position, 'content of second append')
