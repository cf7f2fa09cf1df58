#!/usr/bin/env bash
# What rclone can do here. It speaks S3 and not OSS, so only its generic ways are left: signed URLs, and plain HTTP for what is public.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../contract/report.sh"
unset http_proxy HTTP_PROXY
export RCLONE_CONFIG=/dev/null
export RCLONE_LOW_LEVEL_RETRIES=1 RCLONE_RETRIES=1

# The reason given below for what is missing is checked before it is given.
if rclone help backends | grep -qiE '^ +(oss|aliyun|alibaba)'; then
  echo 'this rclone has a backend for OSS: the steps must use it' >&2
  exit 1
fi

# Makes an appendable object with a public ACL, without rclone.
public_object() {
  local url
  url=$(node "$here/../curl/presign.js" POST "$BUCKET" "$1" 'append&position=0' 'content-type: text/plain' 'x-oss-object-acl: public-read')
  curl -fsS --noproxy '*' -X POST -H 'content-type: text/plain' -H 'x-oss-object-acl: public-read' --data-binary "$2" "$url"
}

presigned_get() {
  local url
  public_object scenario/url.log 'by url'
  url=$(node "$here/../curl/presign.js" GET "$BUCKET" scenario/url.log '')
  # begin connect
  rclone copyurl "$url" "$SCRATCH/by-rclone.log"          # any signed URL of an object
  export RCLONE_HTTP_URL=$ANNALS_ENDPOINT/$BUCKET         # public objects alone: plain HTTP, read only
  rclone copyto :http:scenario/url.log "$SCRATCH/public.log"
  # end connect
  equal "$(cat "$SCRATCH/by-rclone.log")" 'by url' 'contents'
}
export RCLONE_HTTP_URL=$ANNALS_ENDPOINT/$BUCKET
get() {
  public_object scenario/public.log 0123456789
  rclone copyto :http:scenario/public.log "$SCRATCH/read.log"
  equal "$(cat "$SCRATCH/read.log")" 0123456789 'contents'
}
head_step() {
  public_object scenario/head.log 0123456789
  equal "$(rclone lsjson --stat :http:scenario/head.log | tr -d '[:space:]' | grep -o '"Size":[0-9]*')" '"Size":10' 'size'
}

run_step presigned-get presigned_get
run_step get get
run_step head head_step
not_in_sdk 'rclone cat, which takes ranges, lists the folder first, and plain HTTP has no listing here' range
not_in_sdk 'rclone speaks only S3: it has no backend for OSS, and S3 signatures are answered with 400 InvalidArgument here' \
  sample create-bucket append-1 append-2 append-3 append-sse append-tagging append-wrong-position append-to-normal append-empty \
  append-64mib seal overwrite-appendable copy-appendable list put multipart multipart-resume copy delete-many presigned-put \
  presigned-append sts policy-denial versioning tagging symlink lifecycle cors bucket-policy
