#!/usr/bin/env bash
# Our own program with the calls of the documents' REST sample: append at position 0, then at the position of the first answer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# begin connect presign.js signs with the keys in OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET; the holder of the URL
# needs no key.
url=$(node presign.js POST "$BUCKET" sample/curl.log 'append&position=0' 'content-type: text/plain')
next=$(curl -fsS -X POST -H 'Content-Type: text/plain' --data-binary 'hello' -o /dev/null \
  -w '%header{x-oss-next-append-position}' "$url")
# end connect
url=$(node presign.js POST "$BUCKET" sample/curl.log "append&position=$next" 'content-type: text/plain')
curl -fsS -X POST -H 'Content-Type: text/plain' --data-binary ' world' "$url"
