// Checks the query for Power BI in docs/reporting.md as far as it can be without Power BI: it is Power Query, what it asks for is
// answered to a dataset key, part by part, and the columns whose types it sets are there. Argument: the outturn program.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import PowerQuery from "@microsoft/powerquery-parser/lib/powerquery-parser/index.js";
import { root, withServer } from "./server.mjs";

const [outturn] = process.argv.slice(2);

/** What the query asks for: the path, the fixed fields, those that a part sets, and the columns with their types. */
async function asked(query) {
  const parsed = await PowerQuery.TaskUtils.tryLexParse(PowerQuery.DefaultSettings, query);
  if (parsed.resultKind !== "Ok") throw new Error(`this is no Power Query: ${parsed.error?.message}`);
  const [, path] = /RelativePath = "([^"]+)"/.exec(query);
  const [, fields] = /Query = \[([^\]]+)\]/.exec(query);
  const given = fields.split(", ").map((field) => field.split(" = "));
  const fixed = given.filter(([, value]) => value.startsWith('"')).map(([name, value]) => [name, JSON.parse(value)]);
  const parts = given.filter(([, value]) => value.startsWith("Day(")).map(([name]) => name);
  const columns = [...query.matchAll(/\{"(\w+)", (?:type (\w+)|(\w+)\.Type)\}/g)].map(([, name, type, number]) => [name, type ?? number]);
  return { path, fixed, parts, columns };
}

const TYPES = { date: "date", datetimezone: "timestamp", Int64: "integer" };

async function check({ page, env }) {
  const text = readFileSync(join(root, "docs/reporting.md"), "utf8");
  const { path, fixed, parts, columns } = await asked(/```powerquery\n(.*?)```/s.exec(text)[1]);
  const token = execFileSync(outturn, ["token", "--role", "admin"], { env, encoding: "utf8" }).trim();
  const base = page.replace("docs/", "");
  const ends = new Date(Date.now() + 864e5).toISOString();
  const made = await fetch(`${base}v1/dataset-keys`, {
    method: "POST", headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ name: "Power BI", expires_at: ends })
  });
  const key = await made.json();
  const headers = { Authorization: `Basic ${Buffer.from(`${key.id}:${key.secret}`).toString("base64")}` };
  const ask = async (url) => {
    const answer = await fetch(url, { headers });
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const lines = async (from, until) => {
    const part = new URLSearchParams([...fixed, [parts[0], from], [parts[1], until]]);
    return (await (await ask(`${base}${path}?${part}`)).text()).trimEnd().split("\r\n");
  };
  const [header, ...year] = await lines("2017-04-01", "2018-04-01");
  const halves = [await lines("2017-04-01", "2017-10-01"), await lines("2017-10-01", "2018-04-01")];
  if (year.length < 100 || halves.flatMap((half) => half.slice(1)).length !== year.length) throw new Error("the parts are not the whole");
  const named = path.split("/").at(-1);
  const catalogue = (await (await ask(`${base}v1/datasets`)).json()).data.find(({ dataset }) => dataset === named);
  for (const [name, type] of columns) {
    const column = catalogue.columns.find((known) => known.name === name);
    if (!header.split(",").includes(name) || column?.type !== TYPES[type]) throw new Error(`${name} is no ${type}: ${column?.type}`);
  }
  if (columns.length === 0) throw new Error("the query sets no types");
}

await withServer(outturn, check, "the query for Power BI is answered as it asks");
