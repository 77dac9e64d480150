// Runs the integrator example with each generated client. Starts its own server with the sample.
// Argument: the outturn program.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { build } from "esbuild";
import { root, withServer } from "./server.mjs";

const [outturn] = process.argv.slice(2);
const checks = join(root, "openapi/checks");
const programs = join(checks, "clients/integrator");
const python = join(root, "target/tools/schemathesis/bin/python");

/** The command that runs a program. TypeScript is bundled first; Java runs the source file. */
async function command(program) {
  if (program.endsWith(".py")) return [python, join(programs, program)];
  if (program.endsWith(".java")) {
    return ["java", "-XX:TieredStopAtLevel=1", `@${join(checks, "generated/java/classpath")}`, join(programs, program)];
  }
  const outfile = join(checks, "generated/bundles", program.replace(".ts", ".mjs"));
  await build({ entryPoints: [join(programs, program)], outfile, bundle: true, platform: "node", format: "esm", logLevel: "error" });
  return [process.execPath, outfile];
}

async function check({ page, env }) {
  const url = page.replace("/docs/", "");
  const runOutturn = (...args) => execFileSync(outturn, args, { env, encoding: "utf8" }).trim();
  const officer = { Authorization: `Bearer ${runOutturn("token", "--role", "officer")}`, "Content-Type": "application/json" };
  const request = async (path, options) => (await fetch(`${url}/v1${path}`, { headers: officer, ...options })).json();
  const [group, council] = [
    (await request("/groups?code=adult-lead-members")).data[0],
    (await request("/councils?gss_code=E10000020")).data[0],
  ];
  const token = runOutturn("token", "--role", "council", "--council", "E10000020");
  const programNames = listPrograms();
  mkdirSync(join(checks, "generated/bundles"), { recursive: true });
  for (const [index, program] of programNames.entries()) {
    const title = `Register for ${program}`;
    const body = { group_id: group.id, title, held_on: `2018-03-${10 + index}`, status: "held" };
    const meeting = await request("/meetings", { method: "POST", body: JSON.stringify(body) });
    const [run, ...args] = await command(program);
    const settings = { OUTTURN_URL: url, OUTTURN_TOKEN: token, COUNCIL_ID: council.id, MEETING_ID: meeting.id };
    const result = spawnSync(run, args, {
      env: { ...env, ...settings, PYTHONPATH: join(checks, "generated/python"), PYTHONWARNINGS: "ignore" }, encoding: "utf8",
    });
    const [role, openMeetings, ...rest] = result.status === 0 ? JSON.parse(result.stdout) : [];
    const expected = [
      { created: 0, codes: ["unknown_reference"] },
      { created: 1, codes: [] },
      { created: 1, codes: [] },
      ["present"],
    ];
    if (role !== "council" || !openMeetings.includes(title) || !isDeepStrictEqual(rest, expected)) {
      throw new Error(`${program} printed ${result.stdout}\n${result.stderr}`);
    }
  }
}

/** The example programs; files that begin with `story` contain shared code. */
function listPrograms() {
  return readdirSync(programs).filter((name) => !name.startsWith("story") && /\.(java|py|ts)$/.test(name));
}

await withServer(outturn, check, "the integrator example passes with every generated client");
