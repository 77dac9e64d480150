// A server of its own with the sample in it, for a check that acts as a user would.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

const sample = join(root, "sample");

/** A directory of its own for a server or command, and the environment to find it by. */
function dataDirectory(settings) {
  const dataDir = mkdtempSync(join(tmpdir(), "outturn-check-"));
  // PostgreSQL's own user has to get in when root runs this.
  chmodSync(dataDir, 0o755);
  const env = { ...process.env, OUTTURN_DATA_DIR: dataDir, OUTTURN_BIND: "127.0.0.1:0", OUTTURN_LOG: "warn", ...settings };
  delete env.DATABASE_URL;
  return { dataDir, env };
}

/** Copies files with their owners. */
function copy(from, to) {
  execFileSync("cp", ["-a", from, to]);
}

/** The directory with a database that the program has imported the sample into; a copy of it is faster than an import. */
function database(outturn) {
  const sources = [outturn, ...readdirSync(sample).map((name) => join(sample, name))];
  const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
  const made = join(root, "target/sample-database");
  if (existsSync(made) && statSync(made).mtimeMs > newest) return made;
  const { dataDir, env } = dataDirectory({});
  try {
    execFileSync(outturn, ["import", sample], { env, stdio: ["ignore", "ignore", "inherit"] });
    const fresh = `${made}.new`;
    for (const path of [made, fresh]) rmSync(path, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
    copy(join(dataDir, "postgres"), fresh);
    renameSync(fresh, made);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
  return made;
}

/** Starts a server and waits for the address that it prints: the page, its environment, and how to stop it. */
export async function start(outturn, settings = {}) {
  const { dataDir, env } = dataDirectory(settings);
  copy(join(database(outturn), "postgres"), dataDir);
  const server = spawn(outturn, ["serve", "--sample", sample], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  const stop = async () => {
    server.kill("SIGTERM");
    const [code] = await ended;
    rmSync(dataDir, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the server ended with ${code}`);
  };
  const ready = once(createInterface(server.stdout), "line");
  const [line] = await Promise.race([ready, ended.then(() => [])]);
  const page = /^outturn is ready at (\S+)$/.exec(line ?? "")?.[1];
  if (!page) {
    await stop();
    throw new Error("the server did not get ready");
  }
  return { page, env, stop };
}

/** Runs a check against a server of its own with these settings; the process fails if the check does. */
export async function withServer(outturn, check, passed, settings = {}) {
  const server = await start(outturn, settings);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.stop().finally(() => process.exit(1)));
  try {
    await check(server);
    console.log(passed);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    await server.stop();
  }
}
