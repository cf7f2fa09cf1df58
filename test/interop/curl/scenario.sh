#!/usr/bin/env bash
# The shared scenario with curl and signed URLs alone. SIGNATURE_VERSION chooses v1, v2 or v4.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../contract/report.sh"
readonly type_header='content-type: application/octet-stream'
answer="$SCRATCH/answer"

# call METHOD BUCKET KEY QUERY BODY_FILE ['name: value'...]: leaves $answer.headers and $answer.body and prints the status.
# Signed headers are those given; BODY_FILE may be empty.
call() {
  local method=$1 bucket=$2 key=$3 query=$4 body=$5 url header
  shift 5
  local options=()
  for header in "$@"; do options+=(-H "$header"); done
  url=$(node "$here/presign.js" "$method" "$bucket" "$key" "$query" "$@")
  case "$method" in
    HEAD) options+=(--head) ;;
    *) options+=(-X "$method") ;;
  esac
  [ -z "$body" ] || options+=(--data-binary "@$body")
  curl -sS --noproxy '*' --max-time 60 -D "$answer.headers" -o "$answer.body" -w '%{http_code}' "${options[@]}" "$url"
}

# send STATUS METHOD KEY QUERY BODY_TEXT ['name: value'...]: call in $BUCKET with the status wanted.
send() {
  local wanted=$1 method=$2 key=$3 query=$4 status
  printf '%s' "$5" > "$SCRATCH/body"
  shift 5
  status=$(call "$method" "$BUCKET" "$key" "$query" "$SCRATCH/body" "$type_header" "$@")
  equal "$status" "$wanted" "status of $method $key?$query ($(head -c 300 "$answer.body"))"
}

append() { send 200 POST "$1" "append&position=$2" "${@:3}"; }
header() { tr -d '\r' < "$answer.headers" | sed -n "s/^$1: //Ip"; }
element() { sed -n "s/.*<$1>\(.*\)<\/$1>.*/\1/p" "$answer.body" | paste -sd ' '; }
contents() {
  local status
  status=$(call GET "$BUCKET" "$1" '' '')
  equal "$status" 200 "status of GET $1 ($(head -c 300 "$answer.body"))"
  cat "$answer.body"
}
refused() {
  send "$2" "${@:3}"
  equal "$(element Code)" "$1" 'code'
}
md5() { printf '%s' "$1" | openssl md5 -binary | base64; }

create_bucket() {
  equal "$(call PUT "$BUCKET-made" '' '' '')" 200 'status of the creation'
  equal "$(call GET "$BUCKET-made" '' bucketInfo '')" 200 'status of the information'
  equal "$(element Name)" "$BUCKET-made" 'name'
  equal "$(call DELETE "$BUCKET-made" '' '' '')" 204 'status of the deletion'
  equal "$(call GET "$BUCKET-made" '' bucketInfo '')" 404 'status of the information afterwards'
}
append_1() {
  append scenario/appended.log 0 'first ' 'x-oss-meta-camera: north' 'x-oss-object-acl: public-read' \
    'x-oss-storage-class: IA' "content-md5: $(md5 'first ')"
  equal "$(header x-oss-next-append-position)" 6 'next position'
  equal "$(contents scenario/appended.log)" 'first ' 'contents'
}
append_2() {
  append scenario/appended.log 6 'second ' "content-md5: $(md5 'second ')"
  equal "$(header x-oss-next-append-position)" 13 'next position'
  equal "$(contents scenario/appended.log)" 'first second ' 'contents'
  refused InvalidDigest 400 POST scenario/appended.log 'append&position=13' 'third' "content-md5: $(md5 'other')"
}
append_3() {
  append scenario/appended.log 13 'third'
  equal "$(contents scenario/appended.log)" 'first second third' 'contents'
  equal "$(call HEAD "$BUCKET" scenario/appended.log '' '')" 200 'status of HEAD'
  equal "$(header x-oss-meta-camera) $(header x-oss-storage-class)" 'north IA' 'metadata and class'
  equal "$(call GET "$BUCKET" scenario/appended.log acl '')" 200 'status of the ACL'
  equal "$(element Grant)" public-read 'ACL'
  echo 'note: curl has no CRC check'
}
append_sse() {
  append scenario/encrypted.log 0 'secret' 'x-oss-server-side-encryption: AES256'
  append scenario/encrypted.log 6 ' too'
  equal "$(header x-oss-server-side-encryption)" AES256 'encryption'
  equal "$(contents scenario/encrypted.log)" 'secret too' 'contents'
}
append_tagging() {
  append scenario/tagged.log 0 'tagged' 'x-oss-tagging: kind=log&site=north%20gate'
  send 200 GET scenario/tagged.log tagging ''
  equal "$(element Key) $(element Value)" 'kind site log north gate' 'tags'
}
append_wrong_position() {
  local position
  append scenario/position.log 0 '12345'
  for position in 0 4 6; do
    refused PositionNotEqualToLength 409 POST scenario/position.log "append&position=$position" x
    equal "$(header x-oss-next-append-position)" 5 'next position in the error'
  done
  equal "$(contents scenario/position.log)" 12345 'contents'
}
append_to_normal() {
  send 200 PUT scenario/normal.txt '' normal
  refused ObjectNotAppendable 409 POST scenario/normal.txt 'append&position=0' x
  refused ObjectNotAppendable 409 POST scenario/normal.txt 'append&position=6' x
  equal "$(contents scenario/normal.txt)" normal 'contents'
}
append_empty() {
  append scenario/empty.log 0 ''
  equal "$(header x-oss-next-append-position)" 0 'next position'
  append scenario/empty.log 0 ''
  equal "$(call HEAD "$BUCKET" scenario/empty.log '' '')" 200 'status of HEAD'
  equal "$(header content-length) $(header x-oss-object-type)" '0 Appendable' 'HEAD'
}
append_64mib() {
  local status
  head -c 67108864 /dev/urandom > "$SCRATCH/large.bin"
  status=$(call POST "$BUCKET" scenario/large.bin 'append&position=0' "$SCRATCH/large.bin" "$type_header")
  equal "$status $(header x-oss-next-append-position)" '200 67108864' 'status and next position'
  equal "$(call GET "$BUCKET" scenario/large.bin '' '')" 200 'status of GET'
  cmp "$SCRATCH/large.bin" "$answer.body"
  echo 'note: the progress of curl is a bar on the terminal; the script compares the bytes'
}
seal() {
  append scenario/sealed.log 0 done
  send 200 POST scenario/sealed.log 'seal&position=4' ''
  [ -n "$(header x-oss-sealed-time)" ] || { echo 'no sealed time'; exit 1; }
  refused AppendSealedObjectNotAllowed 409 POST scenario/sealed.log 'append&position=4' x
  equal "$(contents scenario/sealed.log)" 'done' 'contents'
}
overwrite_appendable() {
  append scenario/kept.log 0 kept
  refused FileAlreadyExists 409 PUT scenario/kept.log '' gone
  equal "$(contents scenario/kept.log)" kept 'contents'
}
copy_appendable() {
  append scenario/uncopied.log 0 here
  refused OperationNotSupported 400 PUT scenario/copied.log '' '' "x-oss-copy-source: /$BUCKET/scenario/uncopied.log"
}
head_step() {
  append scenario/head.log 0 0123456789 'x-oss-meta-a: b'
  equal "$(call HEAD "$BUCKET" scenario/head.log '' '')" 200 'status'
  equal "$(header content-length) $(header x-oss-object-type) $(header x-oss-next-append-position) $(header x-oss-meta-a)" \
    '10 Appendable 10 b' 'HEAD'
  equal "$(call HEAD "$BUCKET" scenario/none '' '')" 404 'status of a missing key'
}
get_step() {
  append 'scenario/get a+b/中文.log' 0 contents
  equal "$(contents 'scenario/get a+b/中文.log')" contents 'contents'
  equal "$(call GET "$BUCKET" scenario/none '' '') $(element Code)" '404 NoSuchKey' 'answer for a missing key'
}
range() {
  append scenario/range.log 0 01234
  append scenario/range.log 5 56789
  local part url
  url=$(node "$here/presign.js" GET "$BUCKET" scenario/range.log '')
  for part in 3-6=3456 -2=89 7-=789; do
    equal "$(curl -sS --noproxy '*' -r "${part%=*}" "$url")" "${part#*=}" "range ${part%=*}"
  done
  equal "$(curl -sS --noproxy '*' -r 10-12 "$url")" 0123456789 'range outside the object, as by default'
}
list() {
  append list/a/1.log 0 abc
  send 200 PUT list/b.txt '' abcd
  equal "$(call GET "$BUCKET" '' 'list-type=2&prefix=list/' '')" 200 'status'
  equal "$(element Key | tr ' ' '\n' | grep -c .) $(element Type) $(element Size)" '2 Appendable Normal 3 4' 'listing'
  equal "$(call GET "$BUCKET" '' 'prefix=list/&delimiter=/' '')" 200 'status with delimiter'
  equal "$(element Key)" list/b.txt 'listing with delimiter'
}
put() {
  send 200 PUT scenario/put.txt '' put "content-md5: $(md5 put)"
  equal "$(header etag | tr -d '"' | tr '[:upper:]' '[:lower:]')" "$(printf put | openssl md5 -r | cut -d' ' -f1)" 'ETag'
  equal "$(contents scenario/put.txt)" put 'contents'
}
upload_id() {
  send 200 POST "$1" uploads ''
  element UploadId
}
part() {
  local status
  status=$(call PUT "$BUCKET" "$1" "partNumber=$3&uploadId=$2" "$4" "$type_header")
  equal "$status" 200 "status of part $3 ($(head -c 300 "$answer.body"))"
  etags[$3]=$(header etag)
}
complete() {
  local number document='<CompleteMultipartUpload>'
  for number in "${!etags[@]}"; do
    document+="<Part><PartNumber>$number</PartNumber><ETag>${etags[$number]}</ETag></Part>"
  done
  send 200 POST "$1" "uploadId=$2" "$document</CompleteMultipartUpload>"
}
multipart() {
  local id number
  declare -a etags=()
  head -c 2500000 /dev/urandom > "$SCRATCH/parts.bin"
  split -b 1000000 -d -a 1 "$SCRATCH/parts.bin" "$SCRATCH/parts.bin."
  id=$(upload_id scenario/parts.bin)
  for number in 1 2 3; do part scenario/parts.bin "$id" "$number" "$SCRATCH/parts.bin.$((number - 1))"; done
  complete scenario/parts.bin "$id"
  equal "$(call GET "$BUCKET" scenario/parts.bin '' '') $(header x-oss-object-type)" '200 Multipart' 'status and type'
  cmp "$SCRATCH/parts.bin" "$answer.body"
}
multipart_resume() {
  local id
  declare -a etags=()
  id=$(upload_id scenario/resumed.bin)
  head -c 300000 /dev/urandom > "$SCRATCH/resumed.bin"
  split -b 150000 -d -a 1 "$SCRATCH/resumed.bin" "$SCRATCH/resumed.bin."
  part scenario/resumed.bin "$id" 1 "$SCRATCH/resumed.bin.0"
  etags=()
  equal "$(call GET "$BUCKET" scenario/resumed.bin "uploadId=$id" '') $(element PartNumber) $(element Size)" '200 1 150000' 'parts'
  etags[1]=$(element ETag | sed 's/&quot;/"/g')
  part scenario/resumed.bin "$id" 2 "$SCRATCH/resumed.bin.1"
  complete scenario/resumed.bin "$id"
  equal "$(call GET "$BUCKET" scenario/resumed.bin '' '')" 200 'status'
  cmp "$SCRATCH/resumed.bin" "$answer.body"
}
copy() {
  send 200 PUT scenario/original.txt '' original 'x-oss-meta-a: b'
  send 200 PUT scenario/copy.txt '' '' "x-oss-copy-source: /$BUCKET/scenario/original.txt"
  equal "$(contents scenario/copy.txt) $(header x-oss-meta-a)" 'original b' 'copy'
}
delete_many() {
  send 200 PUT many/1 '' 1
  append 'many/2 a+b' 0 2
  local document='<Delete><Quiet>false</Quiet><Object><Key>many/1</Key></Object><Object><Key>many/2 a+b</Key></Object>'
  document+='<Object><Key>many/none</Key></Object></Delete>'
  send 200 POST '' delete "$document" "content-md5: $(md5 "$document")"
  equal "$(element Key)" 'many/1 many/2 a+b many/none' 'deleted keys'
  equal "$(call GET "$BUCKET" many/1 '' '')" 404 'status of a deleted key'
}
presigned_put() {
  send 200 PUT scenario/presigned.txt '' 'by url'
  equal "$(contents scenario/presigned.txt)" 'by url' 'contents'
  local url
  url=$(node "$here/presign.js" PUT "$BUCKET" scenario/presigned.txt '')
  equal "$(curl -sS --noproxy '*' -X PUT -o /dev/null -w '%{http_code}' "${url/presigned.txt/other.txt}")" 403 'status for another key'
}
presigned_get() {
  append 'scenario/to get.log' 0 'by url'
  equal "$(contents 'scenario/to get.log')" 'by url' 'contents'
}
presigned_append() {
  append scenario/presigned.log 0 'by '
  append scenario/presigned.log 3 url
  equal "$(contents scenario/presigned.log)" 'by url' 'contents'
}
sts() {
  : "${STS_ACCESS_KEY_ID:?$STS_MISSING}"
  export OSS_ACCESS_KEY_ID=$STS_ACCESS_KEY_ID OSS_ACCESS_KEY_SECRET=$STS_ACCESS_KEY_SECRET
  export OSS_SESSION_TOKEN=$STS_SECURITY_TOKEN
  append scenario/sts.log 0 temporary
  equal "$(contents scenario/sts.log)" temporary 'contents'
  unset OSS_SESSION_TOKEN
  equal "$(call GET "$BUCKET" scenario/sts.log '' '') $(element Code)" '403 InvalidAccessKeyId' 'answer without the token'
}
policy_denial() {
  : "${READER_ACCESS_KEY_ID:?$READER_MISSING}"
  append 'scenario/read only.log' 0 'read me'
  export OSS_ACCESS_KEY_ID=$READER_ACCESS_KEY_ID OSS_ACCESS_KEY_SECRET=$READER_ACCESS_KEY_SECRET
  equal "$(contents 'scenario/read only.log')" 'read me' 'contents read by the user'
  refused AccessDenied 403 POST 'scenario/read only.log' 'append&position=7' x
}
versioning() {
  local first
  BUCKET=$BUCKET-versioned
  equal "$(call PUT "$BUCKET" '' '' '')" 200 'status of the creation'
  send 200 PUT '' versioning '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'
  send 200 PUT k '' 1
  first=$(header x-oss-version-id)
  send 200 PUT k '' 2
  equal "$(contents k)" 2 'newest version'
  equal "$(call GET "$BUCKET" k "versionId=$first" '') $(cat "$answer.body")" '200 1' 'first version'
  equal "$(call DELETE "$BUCKET" k '' '') $(header x-oss-delete-marker)" '204 true' 'delete marker'
  equal "$(call GET "$BUCKET" k '' '')" 404 'status after the deletion'
  append k 0 again
  [ -n "$(header x-oss-version-id)" ] || { echo 'the append has no version id'; exit 1; }
}
tagging() {
  append scenario/tags.log 0 x
  send 200 PUT scenario/tags.log tagging '<Tagging><TagSet><Tag><Key>k1</Key><Value>v 1</Value></Tag></TagSet></Tagging>'
  equal "$(call GET "$BUCKET" scenario/tags.log tagging '') $(element Key) $(element Value)" '200 k1 v 1' 'tags'
  equal "$(call DELETE "$BUCKET" scenario/tags.log tagging '')" 204 'status of the deletion'
  equal "$(call GET "$BUCKET" scenario/tags.log tagging '') $(element Key)" '200 ' 'tags left'
}
symlink() {
  append scenario/target.log 0 target
  send 200 PUT scenario/link symlink '' 'x-oss-symlink-target: scenario/target.log'
  # The target is told percent-encoded.
  equal "$(call GET "$BUCKET" scenario/link symlink '') $(header x-oss-symlink-target)" '200 scenario%2Ftarget.log' 'target'
  equal "$(contents scenario/link) $(header x-oss-object-type)" 'target Symlink' 'through the link'
}
# setting NAME DOCUMENT ELEMENT WANTED MISSING_CODE
setting() {
  send 200 PUT '' "$1" "$2"
  equal "$(call GET "$BUCKET" '' "$1" '') $(element "$3")" "200 $4" "$3"
  equal "$(call DELETE "$BUCKET" '' "$1" '')" 204 'status of the deletion'
  equal "$(call GET "$BUCKET" '' "$1" '') $(element Code)" "404 $5" 'answer afterwards'
}
lifecycle() {
  setting lifecycle '<LifecycleConfiguration><Rule><ID>old</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>' \
    Days 30 NoSuchLifecycle
}
cors() {
  setting cors '<CORSConfiguration><CORSRule><AllowedOrigin>https://example.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>' \
    AllowedOrigin https://example.com NoSuchCORSConfiguration
}
bucket_policy() {
  local policy="{\"Version\":\"1\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":[\"oss:PutObject\"],\"Principal\":[\"20214760404935\"],\"Resource\":[\"acs:oss:*:*:$BUCKET/closed/*\"]}]}"
  send 200 PUT '' policy "$policy"
  equal "$(call GET "$BUCKET" '' policy '') $(cat "$answer.body")" "200 $policy" 'policy'
  equal "$(call DELETE "$BUCKET" '' policy '')" 204 'status of the deletion'
  equal "$(call GET "$BUCKET" '' policy '') $(element Code)" '404 NoSuchBucketPolicy' 'answer afterwards'
}

run_step create-bucket create_bucket
run_step append-1 append_1
run_step append-2 append_2
run_step append-3 append_3
run_step append-sse append_sse
run_step append-tagging append_tagging
run_step append-wrong-position append_wrong_position
run_step append-to-normal append_to_normal
run_step append-empty append_empty
run_step append-64mib append_64mib
run_step seal seal
run_step overwrite-appendable overwrite_appendable
run_step copy-appendable copy_appendable
run_step head head_step
run_step get get_step
run_step range range
run_step list list
run_step put put
run_step multipart multipart
run_step multipart-resume multipart_resume
run_step copy copy
run_step delete-many delete_many
run_step presigned-put presigned_put
run_step presigned-get presigned_get
run_step presigned-append presigned_append
run_step sts sts
run_step policy-denial policy_denial
run_step versioning versioning
run_step tagging tagging
run_step symlink symlink
run_step lifecycle lifecycle
run_step cors cors
run_step bucket-policy bucket_policy
