// Runs the code blocks of the pages: each block of commands, Python or R must print exactly the
// text block that follows it, or nothing. One server with the sample runs the pages in order and
// another in reverse, so that no page depends on another. A page that starts its own server runs
// separately. Arguments: the outturn program, the pages (all).

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { root, withServer } from "./server.mjs";

const PAGES = ["README.md", "docs/integrations.md", "docs/reporting.md", "docs/webhooks.md"];
// This page starts its own server in its own directory.
const STANDALONE = "docs/operations.md";
const [outturn, ...selectedPages] = process.argv.slice(2);
const pages = selectedPages.length > 0 ? selectedPages : [...PAGES, STANDALONE];
const END = "-- end of block --";
const MAX_PAGE_MS = 300_000;

// The programs that run a block. Python has pandas.
const INTERPRETERS = { sh: null, python: join(root, "target/tools/schemathesis/bin/python -"), r: "Rscript --vanilla -" };

/** A block as shell commands; Python and R blocks become the input of their program. */
function commands(language, block) {
  return INTERPRETERS[language] ? `${INTERPRETERS[language]} <<'END_OF_BLOCK'\n${block}END_OF_BLOCK` : block;
}

/** The commands of each block and their expected output. */
function blocks(page) {
  const matches = [...readFileSync(join(root, page), "utf8").matchAll(/```(sh|python|r)\n(.*?)```\n(?:```text\n(.*?)```)?/gs)];
  if (matches.length === 0) throw new Error(`${page} has no code block`);
  return matches.map(([, language, block, printed = ""]) => ({ commands: commands(language, block), printed }));
}

/** A free port. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return String(port);
}

/** Runs the blocks of a page against the server at an address, and ends the programs that they started. */
async function runPage(page, env, address) {
  const pageBlocks = blocks(page);
  const script = pageBlocks.map(({ commands }) => `${commands}\necho '${END}'`).join("\n")
    .replaceAll("target/debug/outturn", outturn)
    .replaceAll("http://127.0.0.1:8080/", address.replace("docs/", ""))
    .replaceAll("127.0.0.1:8081", `127.0.0.1:${await freePort()}`)
    .replaceAll("18099", await freePort());
  const shell = spawn("bash", ["-euo", "pipefail", "-c", script], { env, cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const killShell = () => {
    try {
      process.kill(-shell.pid);
    } catch {
      // No process is left.
    }
  };
  const timeout = setTimeout(killShell, MAX_PAGE_MS);
  process.once("exit", killShell);
  shell.once("exit", killShell);
  const [out, errors, [code]] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, "close")]);
  clearTimeout(timeout);
  process.off("exit", killShell);
  const printed = out.split(`${END}\n`);
  for (const [i, block] of pageBlocks.entries()) {
    if (printed[i] !== block.printed) {
      throw new Error(`block ${i + 1} of ${page} printed\n${printed[i]}\nexpected\n${block.printed}\n${errors}`);
    }
  }
  if (code !== 0) throw new Error(`${page} exited with ${code}\n${errors}`);
}

async function runInOrder(order) {
  const check = async ({ page: address, env }) => {
    for (const page of order) await runPage(page, env, address);
  };
  // The webhook receiver of an example runs on this machine.
  await withServer(outturn, check, `passed in this order: ${order.join(", ")}`, { OUTTURN_WEBHOOK_NETWORKS: "127.0.0.1" });
}

async function runStandalone() {
  try {
    await runPage(STANDALONE, process.env, "");
    console.log(`passed: ${STANDALONE}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

const sharedPages = pages.filter((page) => page !== STANDALONE);
const orders = sharedPages.length > 0 ? [sharedPages, sharedPages.toReversed()] : [];
await Promise.all([...orders.map(runInOrder), ...(pages.includes(STANDALONE) ? [runStandalone()] : [])]);
