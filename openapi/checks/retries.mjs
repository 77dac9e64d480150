// Runs examples/send_register.py over a bad network: one connection is refused, and one answer is lost after the server has
// done what was asked. What was sent must stand once. Argument: the outturn program.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { root, withServer } from "./server.mjs";

const [outturn] = process.argv.slice(2);

/** A way to the server on which connections fare as said: refused, passed, or cut off when the answer comes. */
async function badNetwork(port, fates) {
  const network = createServer((client) => {
    const fate = fates.shift() ?? "passed";
    client.on("error", () => {});
    if (fate === "refused") return client.destroy();
    const server = connect(port, "127.0.0.1");
    server.on("error", () => client.destroy());
    client.pipe(server);
    if (fate === "passed") server.pipe(client);
    else server.once("data", () => client.destroy());
  });
  network.listen(0, "127.0.0.1");
  await once(network, "listening");
  return network;
}

async function check({ page, env }) {
  const api = page.replace("docs/", "v1");
  const console_ = (...args) => execFileSync(outturn, args, { env, encoding: "utf8" }).trim();
  const officer = { Authorization: `Bearer ${console_("token", "--role", "officer")}`, "Content-Type": "application/json" };
  const read = async (path, options) => (await fetch(`${api}${path}`, { headers: officer, ...options })).json();
  const group = (await read("/groups?code=adult-lead-members")).data[0];
  const meeting = await read("/meetings", { method: "POST",
    body: JSON.stringify({ group_id: group.id, title: "Spring", held_on: "2018-03-20", status: "held" }) });
  const account = console_("accounts", "create", "--role", "council", "--council", "E10000020", "--name", "crm");
  const [id, secret] = ["id", "secret"].map((name) => new RegExp(`^${name} (.*)$`, "m").exec(account)[1]);
  const register = join(env.OUTTURN_DATA_DIR, "register.csv");
  writeFileSync(register, "group_code,held_on,council_gss_code,role,status\r\nadult-lead-members,2018-03-20,E10000020,lead_member,present\r\n");

  const fates = ["refused", "passed", "lost"];
  const network = await badNetwork(new URL(page).port, fates);
  const example = spawn("python3", [join(root, "examples/send_register.py"), register], {
    env: { ...env, OUTTURN_URL: `http://127.0.0.1:${network.address().port}`, OUTTURN_CLIENT_ID: id, OUTTURN_CLIENT_SECRET: secret },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  example.stdout.on("data", (text) => (said += text));
  const [code] = await once(example, "close");
  network.close();
  const lines = (await read(`/attendance?meeting_id=${meeting.id}`)).data;
  if (code !== 0 || fates.length > 0 || !said.includes("'created': 1") || lines.length !== 1 || lines[0].version !== 1) {
    throw new Error(`the example ended with ${code}, said ${said}, left ${fates.length} fates and ${JSON.stringify(lines)}`);
  }
}

await withServer(outturn, check, "the example's retries leave one line");
