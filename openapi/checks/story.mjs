// Runs a page's story word by word against a server of its own: each block of commands, Python or R must print exactly the
// block of text that follows it, or nothing. Arguments: the outturn program, and the page (README.md).

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root, withServer } from "./server.mjs";

const [outturn, page = "README.md"] = process.argv.slice(2);
const END = "-- end of block --";

// Python with pandas, as the requirements have it.
const RUNS = { sh: null, python: join(root, "target/tools/schemathesis/bin/python -"), r: "Rscript --vanilla -" };

/** A block as commands: another language's is given to the program that runs it. */
function commands(language, text) {
  return RUNS[language] ? `${RUNS[language]} <<'END_OF_BLOCK'\n${text}END_OF_BLOCK` : text;
}

/** The commands of each block and what they are said to print. */
function blocks() {
  const text = readFileSync(join(root, page), "utf8");
  const found = [...text.matchAll(/```(sh|python|r)\n(.*?)```\n(?:```text\n(.*?)```)?/gs)];
  return found.map(([, language, block, printed = ""]) => ({ commands: commands(language, block), printed }));
}

function check({ page: address, env }) {
  const story = blocks();
  if (story.length === 0) throw new Error(`${page} tells no story`);
  const script = story.map(({ commands }) => `${commands}\necho '${END}'`).join("\n")
    .replaceAll("target/debug/outturn", outturn)
    .replaceAll("http://127.0.0.1:8080/", address.replace("docs/", ""));
  const ran = spawnSync("bash", ["-euo", "pipefail", "-c", script], { env, cwd: root, encoding: "utf8" });
  const printed = ran.stdout.split(`${END}\n`);
  story.forEach((block, i) => {
    if (printed[i] !== block.printed) {
      throw new Error(`block ${i + 1} of ${page} prints\n${printed[i]}\nand not\n${block.printed}\n${ran.stderr}`);
    }
  });
  if (ran.status !== 0) throw new Error(ran.stderr);
}

// A story's receiver of webhooks is on this machine.
await withServer(outturn, check, `the story of ${page} is true`, { OUTTURN_WEBHOOK_NETWORKS: "127.0.0.1" });
