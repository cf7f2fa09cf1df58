#!/usr/bin/env bash
# Prints new secrets for compose.yaml: `deploy/new-secrets.sh > deploy/.env`, once. Keep the file apart from backups of
# the data: what is stored encrypted opens with this master key only.
set -euo pipefail
umask 077
letters() { openssl rand -hex "$1"; }
echo "POSTGRES_PASSWORD=$(letters 24)"
echo "ANNALS_MASTER_KEY=$(openssl rand -base64 32)"
echo "ANNALS_ROOT_ACCESS_KEY_ID=root$(letters 8)"
echo "ANNALS_ROOT_ACCESS_KEY_SECRET=$(letters 24)"
echo "S3_ACCESS_KEY_ID=annals$(letters 4)"
echo "S3_SECRET_ACCESS_KEY=$(letters 24)"
