#!/bin/sh
# Makes the calls of the documents' ossutil sample with the commands of this version: appends a local file twice.
set -eu
OSSUTIL="$1"
OBJECT="oss://$BUCKET/$2"
cd "$SCRATCH"
# begin connect
# http://127.0.0.1:9000; any region; without the last three options it signs as V1 and wants the bucket in the host of a name
"$OSSUTIL" config --config-file ossutil.ini --endpoint "$ANNALS_ENDPOINT" \
  --access-key-id "$OSS_ACCESS_KEY_ID" --access-key-secret "$OSS_ACCESS_KEY_SECRET"
"$OSSUTIL" appendfromfile "$LOCAL_FILE" "$OBJECT" --config-file ossutil.ini \
  --force-path-style --sign-version v4 --region cn-hangzhou
# end connect
"$OSSUTIL" appendfromfile "$LOCAL_FILE" "$OBJECT" --config-file ossutil.ini \
  --force-path-style --sign-version v4 --region cn-hangzhou
