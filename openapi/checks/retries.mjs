// Runs examples/send_register.py over an unreliable network: one connection is refused, and one
// response is lost after the server has processed the request. The record must exist once.
// Argument: the outturn program.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { root, withServer } from "./server.mjs";

const [outturn] = process.argv.slice(2);

/** A proxy that treats each connection as listed: refused, passed, or closed before the response. */
async function startProxy(port, behaviours) {
  const proxy = createServer((client) => {
    const behaviour = behaviours.shift() ?? "passed";
    client.on("error", () => {});
    if (behaviour === "refused") return client.destroy();
    const server = connect(port, "127.0.0.1");
    server.on("error", () => client.destroy());
    client.pipe(server);
    if (behaviour === "passed") server.pipe(client);
    else server.once("data", () => client.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return proxy;
}

async function check({ page, env }) {
  const api = page.replace("docs/", "v1");
  const runOutturn = (...args) => execFileSync(outturn, args, { env, encoding: "utf8" }).trim();
  const officer = { Authorization: `Bearer ${runOutturn("token", "--role", "officer")}`, "Content-Type": "application/json" };
  const read = async (path, options) => (await fetch(`${api}${path}`, { headers: officer, ...options })).json();
  const group = (await read("/groups?code=adult-lead-members")).data[0];
  const meeting = await read("/meetings", { method: "POST",
    body: JSON.stringify({ group_id: group.id, title: "Spring", held_on: "2018-03-20", status: "held" }) });
  const account = runOutturn("accounts", "create", "--role", "council", "--council", "E10000020", "--name", "crm");
  const [id, secret] = ["id", "secret"].map((name) => new RegExp(`^${name} (.*)$`, "m").exec(account)[1]);
  const register = join(env.OUTTURN_DATA_DIR, "register.csv");
  writeFileSync(register, "group_code,held_on,council_gss_code,role,status\r\nadult-lead-members,2018-03-20,E10000020,lead_member,present\r\n");

  const behaviours = ["refused", "passed", "lost"];
  const proxy = await startProxy(new URL(page).port, behaviours);
  const example = spawn("python3", [join(root, "examples/send_register.py"), register], {
    env: { ...env, OUTTURN_URL: `http://127.0.0.1:${proxy.address().port}`, OUTTURN_CLIENT_ID: id, OUTTURN_CLIENT_SECRET: secret },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  example.stdout.on("data", (text) => (output += text));
  const [code] = await once(example, "close");
  proxy.close();
  const records = (await read(`/attendance?meeting_id=${meeting.id}`)).data;
  if (code !== 0 || behaviours.length > 0 || !output.includes("'created': 1") || records.length !== 1 || records[0].version !== 1) {
    throw new Error(`the example exited with ${code} and printed ${output}; ${behaviours.length} connections were not made; attendance: ${JSON.stringify(records)}`);
  }
}

await withServer(outturn, check, "the example's retries create one attendance record");
