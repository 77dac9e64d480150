// Checks the Power BI query in docs/reporting.md without Power BI: it parses as Power Query, a
// dataset key can fetch each part that it requests, and the columns whose types it sets exist.
// Argument: the outturn program.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import PowerQuery from "@microsoft/powerquery-parser/lib/powerquery-parser/index.js";
import { root, withServer } from "./server.mjs";

const [outturn] = process.argv.slice(2);

/** The query's request: path, fixed parameters, parameters of a part, and columns with their types. */
async function parseQuery(query) {
  const parsed = await PowerQuery.TaskUtils.tryLexParse(PowerQuery.DefaultSettings, query);
  if (parsed.resultKind !== "Ok") throw new Error(`the text is not valid Power Query: ${parsed.error?.message}`);
  const [, path] = /RelativePath = "([^"]+)"/.exec(query);
  const [, fields] = /Query = \[([^\]]+)\]/.exec(query);
  const parameters = fields.split(", ").map((field) => field.split(" = "));
  const fixed = parameters.filter(([, value]) => value.startsWith('"')).map(([name, value]) => [name, JSON.parse(value)]);
  const parts = parameters.filter(([, value]) => value.startsWith("Day(")).map(([name]) => name);
  const columns = [...query.matchAll(/\{"(\w+)", (?:type (\w+)|(\w+)\.Type)\}/g)].map(([, name, type, number]) => [name, type ?? number]);
  return { path, fixed, parts, columns };
}

const TYPES = { date: "date", datetimezone: "timestamp", Int64: "integer" };

async function check({ page, env }) {
  const text = readFileSync(join(root, "docs/reporting.md"), "utf8");
  const { path, fixed, parts, columns } = await parseQuery(/```powerquery\n(.*?)```/s.exec(text)[1]);
  const token = execFileSync(outturn, ["token", "--role", "admin"], { env, encoding: "utf8" }).trim();
  const base = page.replace("docs/", "");
  const expiry = new Date(Date.now() + 864e5).toISOString();
  const created = await fetch(`${base}v1/dataset-keys`, {
    method: "POST", headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ name: "Power BI", expires_at: expiry })
  });
  const key = await created.json();
  const headers = { Authorization: `Basic ${Buffer.from(`${key.id}:${key.secret}`).toString("base64")}` };
  const request = async (url) => {
    const response = await fetch(url, { headers });
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    return response;
  };
  const fetchLines = async (from, until) => {
    const part = new URLSearchParams([...fixed, [parts[0], from], [parts[1], until]]);
    return (await (await request(`${base}${path}?${part}`)).text()).trimEnd().split("\r\n");
  };
  const [header, ...year] = await fetchLines("2017-04-01", "2018-04-01");
  const halves = [await fetchLines("2017-04-01", "2017-10-01"), await fetchLines("2017-10-01", "2018-04-01")];
  if (year.length < 100 || halves.flatMap((half) => half.slice(1)).length !== year.length) throw new Error("the rows of the two half years are not those of the year");
  const datasetName = path.split("/").at(-1);
  const catalogue = (await (await request(`${base}v1/datasets`)).json()).data.find(({ dataset }) => dataset === datasetName);
  for (const [name, type] of columns) {
    const column = catalogue.columns.find((candidate) => candidate.name === name);
    if (!header.split(",").includes(name) || column?.type !== TYPES[type]) throw new Error(`the column ${name} is not of the type ${type} but ${column?.type}`);
  }
  if (columns.length === 0) throw new Error("the query sets no types");
}

await withServer(outturn, check, "the Power BI query gets the rows and columns that it requests");
