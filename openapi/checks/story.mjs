// Runs the README's story word by word against a server of its own: each block of commands must print exactly the
// block of text that follows it. Argument: the outturn program.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root, withServer } from "./server.mjs";

const [outturn] = process.argv.slice(2);
const END = "-- end of block --";

/** The commands of each block and what they are said to print. */
function blocks() {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const found = [...readme.matchAll(/```sh\n(.*?)```\n```text\n(.*?)```/gs)];
  return found.map(([, commands, printed]) => ({ commands, printed }));
}

function check({ page, env }) {
  const story = blocks();
  if (story.length === 0) throw new Error("the README tells no story");
  const script = story.map(({ commands }) => `${commands}\necho '${END}'`).join("\n")
    .replaceAll("target/release/outturn", outturn)
    .replaceAll("http://127.0.0.1:8080/", page.replace("docs/", ""));
  const ran = spawnSync("bash", ["-euo", "pipefail", "-c", script], { env, cwd: root, encoding: "utf8" });
  const printed = ran.stdout.split(`${END}\n`);
  story.forEach((block, i) => {
    if (printed[i] !== block.printed) {
      throw new Error(`the README's block ${i + 1} prints\n${printed[i]}\nand not\n${block.printed}\n${ran.stderr}`);
    }
  });
  if (ran.status !== 0) throw new Error(ran.stderr);
}

await withServer(outturn, check, "the README's story is true");
