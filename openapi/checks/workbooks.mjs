// Opens every dataset's workbook in LibreOffice and compares each cell with the dataset as JSON:
// cells have the type of their column, and no text is a formula. Argument: the outturn program.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withServer } from "./server.mjs";

const [outturn] = process.argv.slice(2);
const FORMULA = "=1+1";

/** The text of a cell, with paragraphs on separate lines. */
function text(xml) {
  const paragraphs = [...xml.matchAll(/<text:p[^>]*?(?:\/>|>(.*?)<\/text:p>)/gs)].map(([, inside = ""]) => inside);
  const spaced = paragraphs.join("\n").replace(/<text:s(?: text:c="(\d+)")?\/>/g, (_, n = 1) => " ".repeat(n));
  const bare = spaced.replace(/<text:line-break\/>/g, "\n").replace(/<text:tab\/>/g, "\t").replace(/<[^>]*>/g, "");
  return bare.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&apos;/g, "'").replace(/&amp;/g, "&");
}

/** The cells of a flat spreadsheet, row by row, each with its type. */
function sheet(path) {
  const rows = [...readFileSync(path, "utf8").matchAll(/<table:table-row[^>]*>(.*?)<\/table:table-row>/gs)];
  return rows.map(([, row]) => {
    const cells = [...row.matchAll(/<table:table-cell([^>]*?)(?:\/>|>(.*?)<\/table:table-cell>)/gs)];
    return cells.flatMap(([, attributes, inside = ""]) => {
      const attributeValues = Object.fromEntries([...attributes.matchAll(/([a-z:-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
      // LibreOffice stores true and false as formulas.
      const formula = attributeValues["table:formula"];
      if (formula && !["of:=TRUE()", "of:=FALSE()"].includes(formula)) throw new Error(`unexpected formula: ${formula}`);
      const cell = { type: attributeValues["office:value-type"], value: attributeValues["office:value"], date: attributeValues["office:date-value"], text: text(inside) };
      return Array(Math.min(Number(attributeValues["table:number-columns-repeated"] ?? 1), 100)).fill(cell);
    });
  }).filter((row) => row.some((cell) => cell.type));
}

/** The value of a cell; throws if the cell is not of the column's type. */
function cellValue(cell, type) {
  const expected = { text: "string", uuid: "string", integer: "float", decimal: "float", percentage: "percentage", date: "date",
    timestamp: "date" }[type];
  if (!cell?.type) return null;
  if (type === "boolean" && ["TRUE", "FALSE"].includes(cell.text)) return cell.text === "TRUE";
  if (cell.type !== expected) throw new Error(`${JSON.stringify(cell)} is not of the type ${type}`);
  switch (type) {
    case "integer": case "decimal": return Number(cell.value);
    case "percentage": return Math.round(Number(cell.value) * 10000) / 100;
    case "date": return cell.date;
    case "timestamp": return cell.date.slice(0, 19);
    default: return cell.text;
  }
}

async function check({ page, env }) {
  const api = page.replace("docs/", "v1");
  const token = execFileSync(outturn, ["token", "--role", "officer"], { env, encoding: "utf8" }).trim();
  const request = async (path, more = {}) => {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const response = await fetch(`${api}/${path}`, { headers, ...more });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  await request("meetings", { method: "POST", body: JSON.stringify({ title: FORMULA, held_on: "2017-05-01" }) });
  const dir = mkdtempSync(join(tmpdir(), "outturn-workbooks-"));
  try {
    const { data: datasets } = await (await request("datasets")).json();
    for (const { dataset } of datasets) {
      writeFileSync(join(dir, `${dataset}.xlsx`), Buffer.from(await (await request(`datasets/${dataset}?format=xlsx`)).arrayBuffer()));
    }
    const files = datasets.map(({ dataset }) => join(dir, `${dataset}.xlsx`));
    const profile = `-env:UserInstallation=file://${join(dir, "profile")}`;
    execFileSync("soffice", [profile, "--headless", "--convert-to", "fods", "--outdir", dir, ...files], { stdio: "pipe" });
    const typesSeen = new Set();
    for (const { dataset, columns } of datasets) {
      const { data } = await (await request(`datasets/${dataset}`)).json();
      const [header, ...rows] = sheet(join(dir, `${dataset}.fods`));
      const names = columns.map(({ name }) => name);
      if (header.map(({ text }) => text).slice(0, names.length).join() !== names.join()) throw new Error(`${dataset}: unexpected header`);
      if (rows.length !== data.length) throw new Error(`${dataset}: ${rows.length} rows, expected ${data.length}`);
      data.forEach((row, i) => columns.forEach(({ name, type }, j) => {
        const expected = type === "timestamp" ? row[name]?.slice(0, 19) : row[name];
        const actual = cellValue(rows[i][j], type);
        if (actual !== (expected ?? null)) throw new Error(`${dataset} ${i} ${name}: ${actual}, expected ${expected}`);
        if (actual !== null) typesSeen.add(type);
      }));
      if (dataset === "meetings" && !data.some(({ title }) => title === FORMULA)) throw new Error("no meeting has a formula as its title");
    }
    if (typesSeen.size !== 8) throw new Error(`expected values of eight types, got ${[...typesSeen]}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

await withServer(outturn, check, "LibreOffice reads every workbook with the values of the dataset");
