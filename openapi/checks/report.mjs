// Starts a server of its own with the sample and asks for the framework as a document. The web page is opened in headless
// Chromium as it is sent: its policy must let it be shown, it must load nothing else, axe must find nothing against WCAG
// 2.2 AA on a wide screen and on a narrow one, and it must print on several pages of A4 landscape, an action's head repeated
// and its table on one page if it fits. The Word file and the workbook are read and printed by LibreOffice. All of it is
// done twice: with constructed registers, by which no council is ranked, and with some that were kept. Arguments: the outturn program, where the PDF goes.

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
const ASSOCIATION = "East of England LGA & Friends";
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

/** Which of an action's tables would be torn apart, or go on without their names. */
const torn = () => [...document.querySelectorAll("table.action")].filter((table) => {
  const isKept = getComputedStyle(table).breakInside === "avoid";
  return !isKept || getComputedStyle(table.tHead).display !== "table-header-group" || table.tHead.rows.length !== 2;
}).map((table) => table.dataset.ref);

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
    await page.emulateMedia({ media: "print" });
    faults.push(...(await page.evaluate(torn)).map((ref) => `on paper ${ref} is torn apart`));
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
  const words = [ASSOCIATION, TITLE, "Attendance by council", "59.09 %", "13 of 22 seats", "Claimed, as printed", "Meetings. Held: "];
  const printed = await opened(address, headers, "docx", "pdf");
  return [...unsaid("Word file", text, words), ...misprints(printed).map((fault) => `of the Word file, ${fault}`)];
}

/** What is wrong with the workbook: as a reader sees its cells, with so many charts, and printed. */
async function ofWorkbook(address, headers, charted) {
  const flat = (await opened(address, headers, "xlsx", "fods")).toString();
  const words = [ASSOCIATION.replace("&", "&amp;"), TITLE, "Attendance by council", ">59.09%<", "13 of 22 seats", "Claimed, as printed", 'table:name="Targets"'];
  const faults = unsaid("workbook", flat, words);
  if (flat.includes("table:formula")) faults.push("the workbook has a formula");
  const charts = flat.match(/<chart:chart /g)?.length ?? 0;
  if (charts !== charted) faults.push(`the workbook has ${charts} charts`);
  const printed = await opened(address, headers, "xlsx", "pdf");
  return [...faults, ...misprints(printed).map((fault) => `of the workbook, ${fault}`)];
}

/** Takes the constructed registers for kept ones. */
async function keep(base, headers) {
  const { data } = await (await fetch(`${base}/meetings?limit=500`, { headers })).json();
  for (const { id, version, constructed } of data.filter(({ constructed }) => constructed)) {
    const sent = { ...headers, "Content-Type": "application/json", "If-Match": `"${version}"` };
    const answer = await fetch(`${base}/meetings/${id}`, { method: "PATCH", headers: sent, body: JSON.stringify({ constructed: !constructed }) });
    if (!answer.ok) throw new Error(`a register stays constructed: ${answer.status} ${await answer.text()}`);
  }
}

async function check({ page: docs, env }) {
  const as = (role) => ({ Authorization: `Bearer ${execFileSync(outturn, ["token", "--role", role], { env, encoding: "utf8" }).trim()}` });
  const headers = as("reporter");
  const base = docs.replace("docs/", "v1");
  const found = await (await fetch(`${base}/frameworks?code=2017-18`, { headers })).json();
  const address = `${base}/frameworks/${found.data[0].id}/report?as_at=2018-03-31`;
  const faults = [];
  for (const charts of [1, 2]) {
    faults.push(...(await ofPage(address, headers)), ...(await ofWordFile(address, headers)), ...(await ofWorkbook(address, headers, charts)));
    if (charts === 1) await keep(base, as("officer"));
  }
  if (faults.length > 0) throw new Error(`the document is not fit to be handed out:\n  ${faults.join("\n  ")}`);
}

const settings = { OUTTURN_ASSOCIATION_NAME: ASSOCIATION };
await withServer(outturn, check, "the page, the Word file and the workbook open and print, and the page is accessible", settings);
