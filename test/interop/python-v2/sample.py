# Our own program with the calls of the Python sample: append at position 0, then at the position that the first answer gave.
import argparse

import alibabacloud_oss_v2 as oss

parser = argparse.ArgumentParser()
parser.add_argument('--region', required=True)
parser.add_argument('--bucket', required=True)
parser.add_argument('--endpoint')
parser.add_argument('--key', required=True)


def main():
    args = parser.parse_args()
    # begin connect
    cfg = oss.config.load_default()
    cfg.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
    cfg.region = args.region      # any name, unless the server was given one
    cfg.endpoint = args.endpoint  # 'http://127.0.0.1:9000'; without http:// the SDK means https
    client = oss.Client(cfg)      # for a host name instead of an address: cfg.use_path_style = True
    # end connect

    result = client.append_object(oss.AppendObjectRequest(
        bucket=args.bucket, key=args.key, position=0, body=b'hello',
    ))
    print(result.status_code, result.request_id, result.next_position)
    result = client.append_object(oss.AppendObjectRequest(
        bucket=args.bucket, key=args.key, position=result.next_position, body=b' world',
    ))
    print(result.status_code, result.request_id, result.next_position)


if __name__ == '__main__':
    main()
