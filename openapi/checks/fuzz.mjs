// Puts the contract under fire, as schemathesis.toml says: for each role a server of its own with the sample, and a
// token of that role. Arguments: the outturn program, how many examples an operation gets in each phase (3), the
// roles (all).

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root, withServer } from "./server.mjs";

const [outturn, examples = "3", ...chosen] = process.argv.slice(2);
// What is tried is the contract, as fast as it can be, and not how often one may ask.
for (const bucket of ["LOGIN", "BULK", "EXPORT", "REST"]) process.env[`OUTTURN_RATE_${bucket}`] ??= "1000000/1m";
const schemathesis = join(root, "target/tools/schemathesis/bin/schemathesis");
const ROLES = { admin: [], officer: [], council: ["--council", "E10000020"], reporter: [] };

/** Checks a server with the token of a role. */
async function check(role, { page, env }) {
  // A longer run outlasts the quarter of an hour that a token usually has.
  const token = execFileSync(outturn, ["token", "--role", role, ...ROLES[role], "--ttl", "6h"], { env, encoding: "utf8" });
  const document = page.replace("docs/", "openapi.json");
  const args = ["--config-file", "schemathesis.toml", "run", document, "--max-examples", examples, "--no-color",
    "--generation-database", "none"];
  const run = spawn(schemathesis, args, {
    cwd: join(root, "openapi/checks"),
    env: { ...env, OUTTURN_TOKEN: token.trim(), PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  // Two roles are tried at once, and each tells its story in one piece.
  let said = `\n-- ${role}\n`;
  run.stdout.setEncoding("utf8").on("data", (text) => (said += text));
  const [code] = await once(run, "close");
  console.log(said);
  if (code !== 0) throw new Error(`the contract does not hold for ${role}`);
}

const roles = chosen.length > 0 ? chosen : Object.keys(ROLES);
async function inTurn() {
  for (let role = roles.shift(); role; role = roles.shift()) {
    await withServer(outturn, (server) => check(role, server), `the contract holds for ${role}`);
  }
}
await Promise.all([inTurn(), inTurn()]);
