// Starts a server with the sample for a check.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

const sample = join(root, "sample");

/** Creates a data directory; returns it with the environment variables for a server or command. */
function dataDirectory(settings) {
  const dataDir = mkdtempSync(join(tmpdir(), "outturn-check-"));
  // PostgreSQL's user needs access when root runs this.
  chmodSync(dataDir, 0o755);
  const env = { ...process.env, OUTTURN_DATA_DIR: dataDir, OUTTURN_BIND: "127.0.0.1:0", OUTTURN_LOG: "warn", ...settings };
  delete env.DATABASE_URL;
  return { dataDir, env };
}

/** Copies files with their owners. */
function copy(from, to) {
  execFileSync("cp", ["-a", from, to]);
}

/** The directory of a database with the sample, which is faster to copy than to import. */
function sampleDatabase(outturn) {
  const sources = [outturn, ...readdirSync(sample).map((name) => join(sample, name))];
  const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
  const databaseDir = join(root, "target/sample-database");
  if (existsSync(databaseDir) && statSync(databaseDir).mtimeMs > newest) return databaseDir;
  const { dataDir, env } = dataDirectory({});
  try {
    execFileSync(outturn, ["import", sample], { env, stdio: ["ignore", "ignore", "inherit"] });
    const newDir = `${databaseDir}.new`;
    for (const path of [databaseDir, newDir]) rmSync(path, { recursive: true, force: true });
    mkdirSync(newDir, { recursive: true });
    copy(join(dataDir, "postgres"), newDir);
    renameSync(newDir, databaseDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
  return databaseDir;
}

/** Starts a server and waits for its address; returns the page, the environment and a stop function. */
export async function start(outturn, settings = {}) {
  const { dataDir, env } = dataDirectory(settings);
  copy(join(sampleDatabase(outturn), "postgres"), dataDir);
  const server = spawn(outturn, ["serve", "--sample", sample], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  const stop = async () => {
    server.kill("SIGTERM");
    const [code] = await ended;
    rmSync(dataDir, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the server exited with ${code}`);
  };
  const ready = once(createInterface(server.stdout), "line");
  const [line] = await Promise.race([ready, ended.then(() => [])]);
  const page = /^outturn is ready at (\S+)$/.exec(line ?? "")?.[1];
  if (!page) {
    await stop();
    throw new Error("the server did not print its address");
  }
  return { page, env, stop };
}

/** Runs a check against a new server with these settings; the process fails if the check does. */
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
