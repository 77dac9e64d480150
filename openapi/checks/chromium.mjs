// Starts headless Chromium and collects the errors of a page. CHROMIUM is the path of another
// browser.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

export function launchBrowser() {
  const paths = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const executablePath = paths.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("Chromium not found; set CHROMIUM to its path");
  const args = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"];
  // Chromium's sandbox does not work for root.
  return chromium.launch({ executablePath, args, chromiumSandbox: process.getuid() !== 0 });
}

/** Returns an array to which the errors, warnings and failed requests of a page are added. */
export async function collectErrors(page) {
  const errors = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) errors.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => errors.push(`script: ${error.message}`));
  page.on("requestfailed", (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on("response", (response) => {
    if (response.status() >= 400) errors.push(`${response.url()}: ${response.status()}`);
  });
  await page.exposeFunction("reportViolation", (violation) => errors.push(`content security policy: ${violation}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
  });
  return errors;
}
