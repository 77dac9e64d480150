// Starts a server of its own with the sample and asks for the framework as a document. The web page is opened in headless
// Chromium as it is sent: its policy must let it be shown, it must load nothing else, axe must find nothing against WCAG
// 2.2 AA on a wide screen and on a narrow one, and it must print on several pages of A4 landscape. The Word file and
// the workbook are read by LibreOffice, which prints the workbook too. Arguments: the outturn program, where the PDF goes.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axe from "axe-core";
import { browser, faultsOf } from "./chromium.mjs";
import { withServer } from "./server.mjs";

const [outturn, file] = process.argv.slice(2);
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const TITLE = "Performance framework 2017-18";
// A4 landscape in points, as a PDF says it.
const [WIDTH, HEIGHT] = [842, 595];

/** What axe finds in the page. */
async function violations(page, size) {
  await page.setViewportSize(size);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), TAGS);
  return violations.map(({ id, help, nodes }) => `${id} (${help}) at a width of ${size.width}: ${nodes[0].html}`);
}

/** What is wrong with the printed pages. */
function misprints(pdf) {
  const text = pdf.toString("latin1");
  const pages = text.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  const boxes = [...text.matchAll(/\/MediaBox\s*\[([^\]]*)\]/g)].map(([, box]) => box.trim().split(/\s+/).map(Number));
  const isLandscape = ([, , width, height]) => Math.abs(width - WIDTH) < 2 && Math.abs(height - HEIGHT) < 2;
  const faults = pages > 1 ? [] : [`it prints on ${pages} pages`];
  return boxes.every(isLandscape) ? faults : [...faults, `a page is not A4 landscape: ${JSON.stringify(boxes)}`];
}

/** What is wrong with the page. */
async function ofPage(address, headers) {
  const chrome = await browser();
  try {
    const page = await chrome.newPage({ extraHTTPHeaders: headers });
    const faults = await faultsOf(page);
    page.on("request", (request) => {
      if (request.url() !== address) faults.push(`it asks for ${request.url()}`);
    });
    await page.goto(address, { waitUntil: "networkidle" });
    for (const width of [1400, 400]) faults.push(...(await violations(page, { width, height: 900 })));
    const pdf = await page.pdf({ preferCSSPageSize: true });
    writeFileSync(file, pdf);
    return [...faults, ...misprints(pdf)];
  } finally {
    await chrome.close();
  }
}

/** What LibreOffice makes of the document in a form: a file of another form. */
async function opened(address, headers, form, target, filter) {
  const dir = mkdtempSync(join(tmpdir(), "outturn-report-"));
  try {
    const answer = await fetch(`${address}&format=${form}`, { headers });
    writeFileSync(join(dir, `report.${form}`), Buffer.from(await answer.arrayBuffer()));
    const profile = `-env:UserInstallation=file://${join(dir, "profile")}`;
    const to = filter ? `${target}:${filter}` : target;
    const args = [profile, "--headless", "--convert-to", to, "--outdir", dir, join(dir, `report.${form}`)];
    execFileSync("soffice", args, { stdio: "pipe" });
    return readFileSync(join(dir, `report.${target}`));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** What a text lacks. */
const unsaid = (name, text, words) => words.filter((said) => !text.includes(said)).map((said) => `the ${name} does not say ${said}`);

/** What is wrong with the Word file. */
async function ofWordFile(address, headers) {
  const text = (await opened(address, headers, "docx", "txt", "Text (encoded):UTF8")).toString();
  return unsaid("Word file", text, [TITLE, "Attendance by council", "59.09 %", "13 of 22 seats", "Claimed, as printed"]);
}

/** What is wrong with the workbook: as a reader sees its cells, with its charts, and printed. */
async function ofWorkbook(address, headers) {
  const flat = (await opened(address, headers, "xlsx", "fods")).toString();
  const words = [TITLE, "Attendance by council", ">59.09%<", "13 of 22 seats", "Claimed, as printed", 'table:name="Targets"'];
  const faults = unsaid("workbook", flat, words);
  if (flat.includes("table:formula")) faults.push("the workbook has a formula");
  const charts = flat.match(/<chart:chart /g)?.length ?? 0;
  if (charts !== 2) faults.push(`the workbook has ${charts} charts`);
  const printed = await opened(address, headers, "xlsx", "pdf");
  return [...faults, ...misprints(printed).map((fault) => `of the workbook, ${fault}`)];
}

async function check({ page: docs, env }) {
  const token = execFileSync(outturn, ["token", "--role", "reporter"], { env, encoding: "utf8" }).trim();
  const headers = { Authorization: `Bearer ${token}` };
  const base = docs.replace("docs/", "v1/frameworks");
  const found = await (await fetch(`${base}?code=2017-18`, { headers })).json();
  const address = `${base}/${found.data[0].id}/report?as_at=2018-03-31`;
  const faults = [...(await ofPage(address, headers)), ...(await ofWordFile(address, headers)), ...(await ofWorkbook(address, headers))];
  if (faults.length > 0) throw new Error(`the document is not fit to be handed out:\n  ${faults.join("\n  ")}`);
}

await withServer(outturn, check, "the page opens, is accessible and prints, and the Word file and the workbook open");
