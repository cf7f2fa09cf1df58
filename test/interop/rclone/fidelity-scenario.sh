#!/usr/bin/env bash
# Details of the public service that rclone can see: it gets what a signed URL names, and writes nothing. SIGNATURE_VERSION chooses v1 or v4.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../contract/report.sh"
unset http_proxy HTTP_PROXY
export RCLONE_CONFIG=/dev/null
export RCLONE_LOW_LEVEL_RETRIES=1 RCLONE_RETRIES=1

url_of() { node "$here/../curl/presign.js" "$@"; }

# Puts an object without rclone and prints its ETag.
put() {
  curl -fsS --noproxy '*' -X PUT --data-binary "$2" -H 'content-type: text/plain' -o /dev/null -w '%header{etag}' \
    "$(url_of PUT "$BUCKET" "$1" '' 'content-type: text/plain')"
}

# told STATUS URL: rclone's own message about an answer names the status.
told() {
  local text
  if text=$(rclone copyurl "$2" "$SCRATCH/refused" 2>&1); then echo "the call succeeded although it had to be refused with $1"; exit 1; fi
  case "$text" in *"HTTP error $1"* | *": $1 "* | *" $1 "*) ;; *) echo "wanted the status $1 in: $text"; exit 1 ;; esac
}

exists_wrong_keys() {
  local owner=$OSS_ACCESS_KEY_ID pair
  for pair in unknown-key:secret "$owner:wrong"; do
    export OSS_ACCESS_KEY_ID=${pair%:*} OSS_ACCESS_KEY_SECRET=${pair#*:}
    told 404 "$(url_of GET "$BUCKET-none" '' bucketInfo)"
    told 404 "$(url_of GET "$BUCKET-none" k '')"
    told 403 "$(url_of GET "$BUCKET" '' bucketInfo)"
  done
  echo 'note: by copyurl, whose message has the status'
}

range_if_range() {
  local old new url
  old=$(put joined 0123456789)
  new=$(put joined abcdefghij)
  url=$(url_of GET "$BUCKET" joined '')
  rest() { rclone copyurl --header 'Range: bytes=5-' --header "If-Range: $1" "$url" "$SCRATCH/rest"; cat "$SCRATCH/rest"; }
  equal "$(rest "$old")" abcdefghij 'answer to the old ETag'
  equal "$(rest "$new")" fghij 'answer to the new ETag'
  echo 'note: by copyurl with --header'
}

run_step exists-wrong-keys exists_wrong_keys
run_step range-if-range range_if_range
not_in_sdk 'not offered by the client: it gets signed URLs, and HEAD is none of its calls' head-bucket
not_in_sdk 'not offered by the client: without a backend for OSS it writes nothing' upload-empty-file multipart-sequential \
  set-meta-versioned copy-large-version copy-conditional
not_in_sdk 'not offered by the client: it has no calls for configurations' lifecycle-dates inventory mirror-rules replication qos cors-vary
not_in_sdk 'not offered by the client: its plain HTTP lists pages of HTML alone' list-control-characters
