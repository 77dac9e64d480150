// Runs the stories of the pages word by word: each block of commands, Python or R must print exactly the block of text that
// follows it, or nothing. One server with a fresh sample runs them in order and another in reverse, so that none needs or
// disturbs another. A story that starts its own server runs beside them. Arguments: the outturn program, and the pages if not all.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { root, withServer } from "./server.mjs";

const PAGES = ["README.md", "docs/integrations.md", "docs/reporting.md", "docs/webhooks.md"];
// It starts a server of its own, in a directory of its own.
const OWN = "docs/operations.md";
const [outturn, ...given] = process.argv.slice(2);
const pages = given.length > 0 ? given : [...PAGES, OWN];
const END = "-- end of block --";
const LONGEST_STORY_MS = 300_000;

// Python with pandas, as the requirements have it.
const RUNS = { sh: null, python: join(root, "target/tools/schemathesis/bin/python -"), r: "Rscript --vanilla -" };

/** A block as commands: another language's is given to the program that runs it. */
function commands(language, block) {
  return RUNS[language] ? `${RUNS[language]} <<'END_OF_BLOCK'\n${block}END_OF_BLOCK` : block;
}

/** The commands of each block and what they are said to print. */
function blocks(page) {
  const found = [...readFileSync(join(root, page), "utf8").matchAll(/```(sh|python|r)\n(.*?)```\n(?:```text\n(.*?)```)?/gs)];
  if (found.length === 0) throw new Error(`${page} tells no story`);
  return found.map(([, language, block, printed = ""]) => ({ commands: commands(language, block), printed }));
}

/** A port of this machine that no program listens on. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return String(port);
}

/** Runs one page's story with the server at an address; the programs that it leaves running end with it. */
async function tell(page, env, address) {
  const story = blocks(page);
  const script = story.map(({ commands }) => `${commands}\necho '${END}'`).join("\n")
    .replaceAll("target/debug/outturn", outturn)
    .replaceAll("http://127.0.0.1:8080/", address.replace("docs/", ""))
    .replaceAll("127.0.0.1:8081", `127.0.0.1:${await freePort()}`)
    .replaceAll("18099", await freePort());
  const shell = spawn("bash", ["-euo", "pipefail", "-c", script], { env, cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const end = () => {
    try {
      process.kill(-shell.pid);
    } catch {
      // None is left.
    }
  };
  const late = setTimeout(end, LONGEST_STORY_MS);
  process.once("exit", end);
  shell.once("exit", end);
  const [out, errors, [code]] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, "close")]);
  clearTimeout(late);
  process.off("exit", end);
  const printed = out.split(`${END}\n`);
  for (const [i, block] of story.entries()) {
    if (printed[i] !== block.printed) {
      throw new Error(`block ${i + 1} of ${page} prints\n${printed[i]}\nand not\n${block.printed}\n${errors}`);
    }
  }
  if (code !== 0) throw new Error(`${page} ends with ${code}\n${errors}`);
}

async function inOrder(order) {
  const check = async ({ page: address, env }) => {
    for (const page of order) await tell(page, env, address);
  };
  // A story's receiver of webhooks is on this machine.
  await withServer(outturn, check, `true in this order: ${order.join(", ")}`, { OUTTURN_WEBHOOK_NETWORKS: "127.0.0.1" });
}

async function alone() {
  try {
    await tell(OWN, process.env, "");
    console.log(`true: ${OWN}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

const shared = pages.filter((page) => page !== OWN);
const orders = shared.length > 0 ? [shared, shared.toReversed()] : [];
await Promise.all([...orders.map(inOrder), ...(pages.includes(OWN) ? [alone()] : [])]);
