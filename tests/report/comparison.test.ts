// The page of a comparison in a real browser. It proves that the page asks for nothing, that nothing is cut, and that both languages show; not that the numbers are right.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "ava";
import { type Browser, chromium } from "playwright-core";
import { measured, renderCompared, round } from "../unit/report/compared.ts";

const directory = mkdtempSync(join(tmpdir(), "podnet-compared-"));
const file = join(directory, "compared.html");
writeFileSync(
  file,
  renderCompared(
    (["vxlan", "vxlan-direct", "host-gw", "udp"] as const).map((name) => measured(name, [round(), round()])),
  ),
);
let browser: Browser;
test.before(async () => {
  browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
});
test.after.always(async () => {
  await browser.close();
  rmSync(directory, { recursive: true });
});

for (const [width, locale] of [
  [1280, "en-US"],
  [390, "zh-CN"],
] as const) {
  test.serial(
    `at ${width} pixels, in ${locale}, nothing is asked for and nothing is wider than the page`,
    async (t) => {
      const context = await browser.newContext({ locale, viewport: { width, height: 900 }, reducedMotion: "reduce" });
      t.teardown(() => context.close());
      context.setDefaultTimeout(110_000);
      const page = await context.newPage();
      const troubles: string[] = [];
      const url = pathToFileURL(file).href;
      page.on("console", (message) => troubles.push(message.text()));
      page.on("pageerror", (error) => troubles.push(error.message));
      page.on("request", (request) => request.url() !== url && troubles.push(request.url()));
      await page.goto(url);
      t.deepEqual(troubles, []);
      t.is(await page.evaluate(() => document.documentElement.scrollWidth), width);
      t.is(await page.locator("article.card:visible").count(), 4);
      t.is(await page.locator(".passage rect.tube").count(), 2);
      const heading = (await page.locator("h1").innerText()).trim();
      t.is(heading, locale === "zh-CN" ? "flannel 各后端并排比较" : "flannel's backends, side by side");
      // What is around the packet is as much longer as the headers are.
      const widths = await page.evaluate(() =>
        [...document.querySelectorAll("article.card")].map(
          (card) => card.querySelectorAll(".frame rect.outer").length > 0,
        ),
      );
      t.deepEqual(widths, [true, false, false, true]);
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll<SVGTextElement>(".passage text")]
          .filter((text) => {
            const [own, all] = [text.getBoundingClientRect(), text.ownerSVGElement!.getBoundingClientRect()];
            return own.left < all.left - 1 || own.right > all.right + 1;
          })
          .map((text) => text.textContent),
      );
      t.deepEqual(cut, []);
    },
  );
}
