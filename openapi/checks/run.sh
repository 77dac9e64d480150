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
orval --config orval.config.mjs
python=$PWD/../../target/tools/schemathesis/bin
"$python/openapi-python-client" generate --path ../openapi.json --meta none \
    --output-path generated/python/openapi_python_client_outturn >generated/openapi-python-client.log 2>&1
# For a Java program that runs for seconds, the second JIT compiler does not pay.
jvm_options=-XX:TieredStopAtLevel=1
# Without `webhooks`, for which OpenAPI Generator writes methods that do not parse.
generate() {
    JAVA_OPTS=$jvm_options "$python/openapi-generator-cli" generate --input-spec ../openapi.json \
        --global-property apis,models,supportingFiles,apiDocs=false,modelDocs=false,apiTests=false,modelTests=false "$@" \
        >generated/openapi-generator.log 2>&1 || { tail -20 generated/openapi-generator.log >&2; exit 1; }
}
generate --generator-name typescript-fetch --output generated/typescript-fetch
generate --generator-name python --output generated/python --additional-properties=packageName=openapi_generator_outturn
# Debian has no jackson-databind-nullable, which `openApiNullable` needs.
generate --generator-name java --library native --output generated/java \
    --additional-properties=openApiNullable=false,useJakartaEe=true,useSingleRequestParameter=true \
    --additional-properties=enumUnknownDefaultCase=true,useOneOfDiscriminatorLookup=true

tsc --project .
# The runtime of the generated client does not compile with noUncheckedIndexedAccess.
tsc --project tsconfig.fetch.json
# The generator's jar contains the version of Jackson that the client needs, with its module for dates.
generator=$("$python/python" -c 'from importlib.resources import files; print(files("openapi_generator_cli") / "openapi-generator.jar")')
libraries=$generator:/usr/share/java/jakarta-annotation-api.jar:/usr/share/java/httpmime.jar
echo "-classpath \"$PWD/generated/java/classes:$libraries\"" >generated/java/classpath
find generated/java/src/main -name '*.java' >generated/java/sources
javac -J$jvm_options -nowarn -XDsuppressNotes -proc:none -d generated/java/classes @generated/java/classpath @generated/java/sources
"$python/python" import_all.py openapi_python_client_outturn openapi_generator_outturn
echo "the document passes the linters, and its clients compile"
