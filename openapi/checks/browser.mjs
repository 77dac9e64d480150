// Opens Swagger UI in headless Chromium, authorizes with a token and executes an operation. Fails
// on a console error, a violation of the content security policy or a failed request. Starts its
// own server with the sample. Arguments: the outturn program, the path of the screenshot.

import { execFileSync } from "node:child_process";
import { collectErrors, launchBrowser } from "./chromium.mjs";
import { withServer } from "./server.mjs";

const [outturn, screenshot] = process.argv.slice(2);

/** Executes `GET /v1/frameworks` in the page; returns the status and the body that it shows. */
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
  const response = operation.locator(".live-responses-table .response");
  await response.locator(".highlight-code").first().waitFor();
  await response.scrollIntoViewIfNeeded();
  return {
    status: await response.locator(".response-col_status").innerText(),
    body: await response.locator(".highlight-code").first().innerText(),
  };
}

async function check({ page: address, env }) {
  const token = execFileSync(outturn, ["token", "--role", "officer"], { env, encoding: "utf8" }).trim();
  const chrome = await launchBrowser();
  try {
    const page = await chrome.newPage({ viewport: { width: 1280, height: 1000 } });
    page.setDefaultTimeout(20_000);
    const errors = await collectErrors(page);
    await page.goto(address, { waitUntil: "networkidle" });
    let response = { status: "", body: "" };
    try {
      response = await tryOut(page, token);
    } catch (error) {
      errors.push(error.message);
    }
    await page.screenshot({ path: screenshot });
    if (!/^200\b/.test(response.status)) errors.push(`GET /v1/frameworks shows the status ${response.status}`);
    for (const code of ["2016-17", "2017-18"]) {
      if (!response.body.includes(`"code": "${code}"`)) errors.push(`GET /v1/frameworks does not show ${code}`);
    }
    if (errors.length > 0) throw new Error(`Swagger UI does not work:\n  ${errors.join("\n  ")}`);
  } finally {
    await chrome.close();
  }
}

await withServer(outturn, check, "Swagger UI opens, authorizes and executes");
