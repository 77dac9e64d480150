// Checks the framework report as a web page, a Word file and a workbook. Starts its own server with
// the sample. Headless Chromium opens the web page: it must satisfy its content security policy and
// load no other resource, axe must find no violation of WCAG 2.2 AA on a wide and on a narrow
// screen, and it must print on several pages of A4 landscape with repeated table heads. LibreOffice
// opens and prints the Word file and the workbook. The checks run twice: with constructed
// registers, by which councils are not ranked, and with kept ones. Arguments: the outturn program,
// the path of the PDF.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axe from "axe-core";
import { collectErrors, launchBrowser } from "./chromium.mjs";
import { withServer } from "./server.mjs";

const [outturn, pdfPath] = process.argv.slice(2);
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const TITLE = "Performance framework 2017-18";
const ASSOCIATION = "East of England LGA & Friends";
// A4 landscape in points.
const [WIDTH, HEIGHT] = [842, 595];

/** The violations that axe finds in the page. */
async function violations(page, size) {
  await page.setViewportSize(size);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), TAGS);
  return violations.map(({ id, help, nodes }) => `${id} (${help}) at a width of ${size.width}: ${nodes[0].html}`);
}

/** The errors in the page count and the page format of a PDF. */
function pdfErrors(pdf) {
  const text = pdf.toString("latin1");
  const pages = text.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  const boxes = [...text.matchAll(/\/MediaBox\s*\[([^\]]*)\]/g)].map(([, box]) => box.trim().split(/\s+/).map(Number));
  const isLandscape = ([, , width, height]) => Math.abs(width - WIDTH) < 2 && Math.abs(height - HEIGHT) < 2;
  const errors = pages > 1 ? [] : [`expected several printed pages, got ${pages}`];
  return boxes.every(isLandscape) ? errors : [...errors, `a page is not A4 landscape: ${JSON.stringify(boxes)}`];
}

/** The tables of actions that may break across pages or that do not repeat their two head rows. */
const brokenTables = () => [...document.querySelectorAll("table.action")].filter((table) => {
  const staysOnOnePage = getComputedStyle(table).breakInside === "avoid";
  return !staysOnOnePage || getComputedStyle(table.tHead).display !== "table-header-group" || table.tHead.rows.length !== 2;
}).map((table) => table.dataset.ref);

/** The errors of the web page. */
async function pageErrors(address, headers) {
  const chrome = await launchBrowser();
  try {
    const page = await chrome.newPage({ extraHTTPHeaders: headers });
    const errors = await collectErrors(page);
    page.on("request", (request) => {
      if (request.url() !== address) errors.push(`the page requests ${request.url()}`);
    });
    await page.goto(address, { waitUntil: "networkidle" });
    for (const width of [1400, 400]) errors.push(...(await violations(page, { width, height: 900 })));
    await page.emulateMedia({ media: "print" });
    errors.push(...(await page.evaluate(brokenTables)).map((ref) => `the printed table of ${ref} breaks across pages or does not repeat its head`));
    const pdf = await page.pdf({ preferCSSPageSize: true });
    writeFileSync(pdfPath, pdf);
    return [...errors, ...pdfErrors(pdf)];
  } finally {
    await chrome.close();
  }
}

/** Fetches the report in a format and converts it with LibreOffice; returns the converted file. */
async function convert(address, headers, format, target, filter) {
  const dir = mkdtempSync(join(tmpdir(), "outturn-report-"));
  try {
    const response = await fetch(`${address}&format=${format}`, { headers });
    writeFileSync(join(dir, `report.${format}`), Buffer.from(await response.arrayBuffer()));
    const profile = `-env:UserInstallation=file://${join(dir, "profile")}`;
    const to = filter ? `${target}:${filter}` : target;
    const args = [profile, "--headless", "--convert-to", to, "--outdir", dir, join(dir, `report.${format}`)];
    execFileSync("soffice", args, { stdio: "pipe" });
    return readFileSync(join(dir, `report.${target}`));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** An error for each phrase that a text does not contain. */
const missingPhrases = (name, text, phrases) => phrases.filter((phrase) => !text.includes(phrase)).map((phrase) => `the ${name} does not contain ${phrase}`);

/** The errors of the Word file. */
async function wordErrors(address, headers) {
  const text = (await convert(address, headers, "docx", "txt", "Text (encoded):UTF8")).toString();
  const phrases = [ASSOCIATION, TITLE, "Attendance by council", "59.09 %", "13 of 22 seats", "Claimed, as printed", "Meetings. Held: "];
  const printed = await convert(address, headers, "docx", "pdf");
  return [...missingPhrases("Word file", text, phrases), ...pdfErrors(printed).map((error) => `Word file: ${error}`)];
}

/** The errors of the workbook: its cells, its number of charts and its printed pages. */
async function workbookErrors(address, headers, expectedCharts) {
  const xml = (await convert(address, headers, "xlsx", "fods")).toString();
  const phrases = [ASSOCIATION.replace("&", "&amp;"), TITLE, "Attendance by council", ">59.09%<", "13 of 22 seats", "Claimed, as printed", 'table:name="Targets"'];
  const errors = missingPhrases("workbook", xml, phrases);
  if (xml.includes("table:formula")) errors.push("the workbook has a formula");
  const charts = xml.match(/<chart:chart /g)?.length ?? 0;
  if (charts !== expectedCharts) errors.push(`the workbook has ${charts} charts, expected ${expectedCharts}`);
  const printed = await convert(address, headers, "xlsx", "pdf");
  return [...errors, ...pdfErrors(printed).map((error) => `workbook: ${error}`)];
}

/** Marks the constructed registers as kept. */
async function markRegistersAsKept(base, headers) {
  const { data } = await (await fetch(`${base}/meetings?limit=500`, { headers })).json();
  for (const { id, version, constructed } of data.filter(({ constructed }) => constructed)) {
    const patchHeaders = { ...headers, "Content-Type": "application/json", "If-Match": `"${version}"` };
    const response = await fetch(`${base}/meetings/${id}`, { method: "PATCH", headers: patchHeaders, body: JSON.stringify({ constructed: !constructed }) });
    if (!response.ok) throw new Error(`a register could not be marked as kept: ${response.status} ${await response.text()}`);
  }
}

async function check({ page: docs, env }) {
  const headersFor = (role) => ({ Authorization: `Bearer ${execFileSync(outturn, ["token", "--role", role], { env, encoding: "utf8" }).trim()}` });
  const headers = headersFor("reporter");
  const base = docs.replace("docs/", "v1");
  const frameworks = await (await fetch(`${base}/frameworks?code=2017-18`, { headers })).json();
  const address = `${base}/frameworks/${frameworks.data[0].id}/report?as_at=2018-03-31`;
  const errors = [];
  for (const charts of [1, 2]) {
    errors.push(...(await pageErrors(address, headers)), ...(await wordErrors(address, headers)), ...(await workbookErrors(address, headers, charts)));
    if (charts === 1) await markRegistersAsKept(base, headersFor("officer"));
  }
  if (errors.length > 0) throw new Error(`the report has errors:\n  ${errors.join("\n  ")}`);
}

const settings = { OUTTURN_ASSOCIATION_NAME: ASSOCIATION };
await withServer(outturn, check, "the page, the Word file and the workbook open and print, and the page is accessible", settings);
