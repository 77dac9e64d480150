// Starts a server of its own with the sample and asks for the framework as a document. The web page is opened in headless
// Chromium as it is sent: its policy must let it be shown, it must load nothing else, axe must find nothing against WCAG
// 2.2 AA on a wide screen and on a narrow one, and it must print on several pages of A4 landscape. The Word file is read
// by LibreOffice. Arguments: the outturn program, where the PDF goes.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import axe from "axe-core";
import { browser, faultsOf } from "./chromium.mjs";
import { withServer } from "./server.mjs";

const [outturn, file] = process.argv.slice(2);
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
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

/** What is wrong with the Word file. */
async function ofWordFile(address, headers) {
  const dir = mkdtempSync(join(tmpdir(), "outturn-report-"));
  try {
    const answer = await fetch(`${address}&format=docx`, { headers });
    writeFileSync(join(dir, "report.docx"), Buffer.from(await answer.arrayBuffer()));
    const profile = `-env:UserInstallation=file://${join(dir, "profile")}`;
    const args = [profile, "--headless", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", dir, join(dir, "report.docx")];
    execFileSync("soffice", args, { stdio: "pipe" });
    const text = readFileSync(join(dir, "report.txt"), "utf8");
    const said = ["Performance framework 2017-18", "Attendance by council", "59.09 %", "13 of 22 seats", "Claimed, as printed"];
    return said.filter((words) => !text.includes(words)).map((words) => `the Word file does not say ${words}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function check({ page: docs, env }) {
  const token = execFileSync(outturn, ["token", "--role", "reporter"], { env, encoding: "utf8" }).trim();
  const headers = { Authorization: `Bearer ${token}` };
  const base = docs.replace("docs/", "v1/frameworks");
  const found = await (await fetch(`${base}?code=2017-18`, { headers })).json();
  const address = `${base}/${found.data[0].id}/report?as_at=2018-03-31`;
  const faults = [...(await ofPage(address, headers)), ...(await ofWordFile(address, headers))];
  if (faults.length > 0) throw new Error(`the document is not fit to be handed out:\n  ${faults.join("\n  ")}`);
}

await withServer(outturn, check, "the page opens, is accessible and prints, and the Word file opens");
