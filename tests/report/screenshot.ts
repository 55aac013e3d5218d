// Draws docs/report.png anew, from the outputs that the tests use: the picture with the packet on its way out of the sending node, and what
// it looks like there. `npm run screenshot`; needs chromium.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { readOutputs, render } from "../unit/report/lab.ts";

const margin = 20;
const directory = mkdtempSync(join(tmpdir(), "podnet-screenshot-"));
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const file = join(directory, "report.html");
  writeFileSync(file, render(readOutputs(), { language: "en" }));
  const page = await browser.newPage({
    viewport: { width: 1280, height: 1700 },
    colorScheme: "light",
    reducedMotion: "reduce",
  });
  await page.goto(pathToFileURL(file).href);
  for (let hop = 1; hop < 4; hop++) await page.keyboard.press("ArrowRight");
  const top = (await page.locator(".controls").boundingBox())!;
  const bottom = (await page.locator("article.hop:visible .headers").boundingBox())!;
  const clip = {
    x: top.x - margin,
    y: top.y,
    width: top.width + 2 * margin,
    height: bottom.y + bottom.height + margin - top.y,
  };
  await page.screenshot({ path: join(import.meta.dirname, "..", "..", "docs", "report.png"), fullPage: true, clip });
} finally {
  await browser.close();
  rmSync(directory, { recursive: true });
}
