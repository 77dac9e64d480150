#!/usr/bin/env bash
# Runs browser.mjs, which checks Swagger UI in a browser: browser.sh [OUTTURN] [SCREENSHOT].
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
outturn=$(realpath "${1:-$root/target/debug/outturn}")
screenshot=$(realpath "${2:-$root/target/swagger-ui.png}")
cd "$root/openapi/checks"

[ -d node_modules ] || npm ci --ignore-scripts --silent
exec node browser.mjs "$outturn" "$screenshot"
