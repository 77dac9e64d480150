// Runs Schemathesis, configured by schemathesis.toml, with a token of each role. Each role has its
// own server with the sample. Arguments: the outturn program, the number of examples per operation
// and phase (2), the roles (all).

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, withServer } from "./server.mjs";

const [outturn, examples = "2", ...selectedRoles] = process.argv.slice(2);
// Rate limits are not under test, so they are raised.
for (const bucket of ["LOGIN", "BULK", "EXPORT", "REST"]) process.env[`OUTTURN_RATE_${bucket}`] ??= "1000000/1m";
const schemathesis = join(root, "target/tools/schemathesis/bin/schemathesis");
const ROLES = { admin: [], officer: [], council: ["--council", "E10000020"], reporter: [] };

/** Returns the ids of the operations that the bearer of a token may not call. */
async function refusedOperations(api, token) {
  const read = async (path) => (await fetch(api + path, { headers: { Authorization: `Bearer ${token}` } })).json();
  const allowed = new Set((await read("v1/me")).operations.map((operation) => operation.operation_id));
  const operations = Object.values((await read("openapi.json")).paths).flatMap((path) => Object.values(path));
  return operations.map((operation) => operation.operationId).filter((id) => id && !allowed.has(id));
}

/**
 * Writes the configuration for a token and returns its path. The server refuses an operation that the role may not call
 * before it reads the request, so the coverage phase would compare thousands of equal responses. It leaves these
 * operations out; the other phases call them.
 */
async function writeConfiguration(api, token, directory) {
  const refused = await refusedOperations(api, token);
  const section = `\n[[operations]]\ninclude-operation-id = ${JSON.stringify(refused)}\nphases.coverage.enabled = false\n`;
  const path = join(directory, "schemathesis.toml");
  const shared = readFileSync(join(root, "openapi/checks/schemathesis.toml"), "utf8");
  writeFileSync(path, refused.length > 0 ? shared + section : shared);
  return path;
}

/** Runs Schemathesis against a server with the token of a role. */
async function check(role, { page, env }) {
  // A long run exceeds the default lifetime of a token.
  const command = ["token", "--role", role, ...ROLES[role], "--ttl", "6h"];
  const token = execFileSync(outturn, command, { env, encoding: "utf8" }).trim();
  const api = page.replace("docs/", "");
  const configuration = await writeConfiguration(api, token, env.OUTTURN_DATA_DIR);
  const args = ["--config-file", configuration, "run", `${api}openapi.json`, "--max-examples", examples, "--no-color",
    "--generation-database", "none"];
  const run = spawn(schemathesis, args, {
    cwd: join(root, "openapi/checks"),
    env: { ...env, OUTTURN_TOKEN: token, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  // Two roles run at the same time, so the output of each is buffered.
  let output = `\n-- ${role}\n`;
  run.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  const [code] = await once(run, "close");
  console.log(output);
  if (code !== 0) throw new Error(`Schemathesis failed for ${role}`);
}

const roles = selectedRoles.length > 0 ? selectedRoles : Object.keys(ROLES);
async function checkRemainingRoles() {
  for (let role = roles.shift(); role; role = roles.shift()) {
    await withServer(outturn, (server) => check(role, server), `Schemathesis passed for ${role}`);
  }
}
await Promise.all([checkRemainingRoles(), checkRemainingRoles()]);
