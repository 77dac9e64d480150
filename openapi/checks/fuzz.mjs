// Runs Schemathesis, configured by schemathesis.toml, with a token of each role. Each role has its
// own server with the sample. Arguments: the outturn program, the number of examples per operation
// and phase (2), the roles (all).

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root, withServer } from "./server.mjs";

const [outturn, examples = "2", ...selectedRoles] = process.argv.slice(2);
// Rate limits are not under test, so they are raised.
for (const bucket of ["LOGIN", "BULK", "EXPORT", "REST"]) process.env[`OUTTURN_RATE_${bucket}`] ??= "1000000/1m";
const schemathesis = join(root, "target/tools/schemathesis/bin/schemathesis");
const ROLES = { admin: [], officer: [], council: ["--council", "E10000020"], reporter: [] };

/** Runs Schemathesis against a server with the token of a role. */
async function check(role, { page, env }) {
  // A long run exceeds the default lifetime of a token.
  const token = execFileSync(outturn, ["token", "--role", role, ...ROLES[role], "--ttl", "6h"], { env, encoding: "utf8" });
  const document = page.replace("docs/", "openapi.json");
  const args = ["--config-file", "schemathesis.toml", "run", document, "--max-examples", examples, "--no-color",
    "--generation-database", "none"];
  const run = spawn(schemathesis, args, {
    cwd: join(root, "openapi/checks"),
    env: { ...env, OUTTURN_TOKEN: token.trim(), PYTHONDONTWRITEBYTECODE: "1" },
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
