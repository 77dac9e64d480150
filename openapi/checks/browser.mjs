// Starts a server of its own with the sample, opens Swagger UI in headless Chromium, authorizes with a token and
// executes an operation, as a person would. Fails on any error in the console, refused by the page's policy, or failed
// request. Arguments: the outturn program, where the screenshot goes.

import { execFileSync } from "node:child_process";
import { browser, faultsOf } from "./chromium.mjs";
import { withServer } from "./server.mjs";

const [outturn, screenshot] = process.argv.slice(2);

/** Clicks through the page; gives the status and the body that it shows. */
async function tryOut(page, token) {
  await page.locator(".auth-wrapper .btn.authorize").click();
  const scheme = page.locator(".auth-container", { hasText: "access_token" });
  await scheme.locator("input").fill(token);
  await scheme.locator("button.authorize").click();
  await scheme.filter({ hasText: "Authorized" }).waitFor();
  await scheme.locator(".btn-done").click();
  const operation = page.locator(".opblock-get", { has: page.locator('[data-path="/v1/frameworks"]') });
  await operation.locator(".opblock-summary-control").click();
  await operation.getByRole("button", { name: "Try it out" }).click();
  await operation.locator(".execute").click();
  const answer = operation.locator(".live-responses-table .response");
  await answer.locator(".highlight-code").first().waitFor();
  await answer.scrollIntoViewIfNeeded();
  return {
    status: await answer.locator(".response-col_status").innerText(),
    body: await answer.locator(".highlight-code").first().innerText(),
  };
}

async function check({ page: address, env }) {
  const token = execFileSync(outturn, ["token", "--role", "officer"], { env, encoding: "utf8" }).trim();
  const chrome = await browser();
  try {
    const page = await chrome.newPage({ viewport: { width: 1280, height: 1000 } });
    page.setDefaultTimeout(20_000);
    const faults = await faultsOf(page);
    await page.goto(address, { waitUntil: "networkidle" });
    let shown = { status: "", body: "" };
    try {
      shown = await tryOut(page, token);
    } catch (error) {
      faults.push(error.message);
    }
    await page.screenshot({ path: screenshot });
    if (!/^200\b/.test(shown.status)) faults.push(`GET /v1/frameworks shows the status ${shown.status}`);
    for (const code of ["2016-17", "2017-18"]) {
      if (!shown.body.includes(`"code": "${code}"`)) faults.push(`GET /v1/frameworks does not show ${code}`);
    }
    if (faults.length > 0) throw new Error(`Swagger UI does not work:\n  ${faults.join("\n  ")}`);
  } finally {
    await chrome.close();
  }
}

await withServer(outturn, check, "Swagger UI opens, authorizes and executes");
