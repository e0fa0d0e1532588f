#!/bin/sh
# Writes one random value per file into docker/secrets/; what exists is kept.
# The files are readable for the containers' users, so the folder itself is closed to everybody else.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets
for name in postgres ckan-database datastore-read valkey session-key csrf-key api-token-key admin-password; do
    [ -s "secrets/$name" ] && continue
    head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n' > "secrets/$name"
    chmod 644 "secrets/$name"
done
echo "Secrets are in docker/secrets; the administrator is 'admin', the password in docker/secrets/admin-password"
