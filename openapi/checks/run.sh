#!/usr/bin/env bash
# Lints the committed document, generates its clients and compiles them.
set -euo pipefail
cd "$(dirname "$0")"

npm ci --ignore-scripts --silent
export PATH="$PWD/node_modules/.bin:$PATH" REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

redocly lint --config redocly.yaml ../openapi.json
spectral lint --ruleset spectral.yaml --fail-severity=hint ../openapi.json
rm -rf generated
openapi-typescript ../openapi.json --output generated/openapi-typescript.ts
openapi-ts --input ../openapi.json --output generated/hey-api
tsc --project .
echo "the document lints clean, and its clients compile"
