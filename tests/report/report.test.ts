// The report in a real browser (Debian's chromium), on the outputs of a real lab. It proves that the page asks for nothing, that every hop
// is reached by keyboard, and that no text is cut or covered. It does not prove that it is beautiful: docs/report.png is looked at.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "ava";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { readOutputs, render, withOneWorker, withWorkers } from "../unit/report/lab.ts";

const outputs = readOutputs();
const directory = mkdtempSync(join(tmpdir(), "podnet-report-"));
const single = "pod-to-pod-single-node";
const multi = "pod-to-pod-multi-node";
const pages = { one: render(withOneWorker(outputs)), two: render(outputs), eight: render(withWorkers(outputs, 8)) };
for (const [name, text] of Object.entries(pages)) writeFileSync(join(directory, `${name}.html`), text);

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

const opened = new Set<BrowserContext>();
test.afterEach.always(async () => {
  for (const context of opened) await context.close();
  opened.clear();
});

interface Opened {
  readonly page: Page;
  /** What went wrong, and what was asked for beside the page itself. */
  readonly troubles: string[];
}

async function open(name: keyof typeof pages, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({
    locale: "en-US",
    reducedMotion: "reduce",
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  opened.add(context);
  // Half a minute is not enough where two cores also build something.
  context.setDefaultTimeout(110_000);
  const page = await context.newPage();
  const troubles: string[] = [];
  const url = pathToFileURL(join(directory, `${name}.html`)).href;
  page.on("console", (message) => troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("request", (request) => request.url() !== url && troubles.push(request.url()));
  await page.goto(url);
  return { page, troubles };
}

const current = (page: Page): Promise<string | null> => page.locator("tr.current a").getAttribute("aria-label");
const shown = (page: Page): Promise<number> => page.locator("article.hop:visible").count();

for (const colorScheme of ["light", "dark"] as const) {
  test.serial(`in the ${colorScheme} theme the page renders without an error and without a request`, async (t) => {
    const { page, troubles } = await open("two", { colorScheme });
    const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    t.is(dark, colorScheme === "dark" ? "rgb(13, 17, 23)" : "rgb(255, 255, 255)");
    t.deepEqual(troubles, []);
  });
}

for (const scenario of [multi, single]) {
  test.serial(`every hop of ${scenario} is reached by keyboard, there and back`, async (t) => {
    const { page, troubles } = await open("two");
    await page.locator(`[data-choose="${scenario}"]`).focus();
    await page.keyboard.press("Enter");
    const hops = outputs.scenarios[scenario]!.journey!;
    for (const [at, hop] of hops.entries()) {
      t.is(
        await current(page),
        `${at + 1}: ${hop.machine}, ${hop.interface} ${scenario === single && hop.interface === "cni0" ? "passes" : hop.direction}`,
      );
      t.is(await shown(page), 1);
      t.is(await page.locator("g.stop.here").count(), 1);
      t.regex(
        (await page.locator("[data-live]").textContent()) ?? "",
        new RegExp(`^${at + 1} / ${hops.length}: .*${hop.machine}`),
      );
      t.is(await page.locator("g.chosen .packet.wrapped").count(), hop.outer ? 1 : 0);
      await page.keyboard.press("ArrowRight");
    }
    await page.keyboard.press("Home");
    t.regex((await current(page)) ?? "", /^1: /);
    await page.keyboard.press("End");
    t.regex((await current(page)) ?? "", new RegExp(`^${hops.length}: `));
    await page.keyboard.press("ArrowLeft");
    t.regex((await current(page)) ?? "", new RegExp(`^${hops.length - 1}: `));
    t.deepEqual(troubles, []);
  });
}

test.serial("the packet stands on the interface that saw it", async (t) => {
  const { page } = await open("two");
  for (let at = 0; at < outputs.scenarios[multi]!.journey!.length; at++) {
    const away = await page.evaluate(() => {
      const middle = (element: Element) => element.getBoundingClientRect();
      const packet = middle(document.querySelector(".chosen .packet circle:last-child")!);
      const stop = middle(document.querySelector("g.stop.here")!);
      const [x, y] = [packet.x + packet.width / 2, packet.y + packet.height / 2];
      return x >= stop.left - 4 && x <= stop.right + 4 && y >= stop.top - 4 && y <= stop.bottom + 4
        ? ""
        : `${x} ${y} not in ${JSON.stringify(stop)}`;
    });
    t.is(away, "", `hop ${at + 1}`);
    await page.keyboard.press("ArrowRight");
  }
});

test.serial(
  "the two switches change language and theme, and a Chinese reader's browser starts in Chinese",
  async (t) => {
    const { page } = await open("two", { locale: "zh-CN", colorScheme: "light" });
    t.is(await page.locator("html").getAttribute("lang"), "zh-CN");
    t.is(await page.locator("h1 [lang=en]").isVisible(), false);
    t.regex(await page.title(), /^数据包如何从一个 Pod 到达另一个 Pod/);
    const table = page.locator("[role=region]:has(table.matrix)").last();
    t.regex((await table.getAttribute("aria-label")) ?? "", /任意两个 Pod/);
    t.regex((await current(page)) ?? "", /[进出]/);
    await page.locator("[data-language-switch]").click();
    t.is(await page.locator("html").getAttribute("lang"), "en");
    t.is(await page.locator("h1 [lang=zh-CN]").isVisible(), false);
    t.regex(await page.title(), /^How a packet gets from pod to pod/);
    t.regex((await table.getAttribute("aria-label")) ?? "", /every pod reaches every pod/);
    await page.locator("[data-theme-switch]").click();
    t.is(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(13, 17, 23)");
  },
);

test.serial("a hop leads to the claim that proves it, and opens it", async (t) => {
  const { page } = await open("two");
  const link = page.locator("article.hop:visible .proofs a").first();
  const target = (await link.getAttribute("href"))!;
  await link.click();
  t.true(await page.locator(`details${target.replaceAll(".", "\\.")} pre.raw`).isVisible());
});

test.serial("a claim leads back to the step that one came from, with the picture and the focus", async (t) => {
  const { page } = await open("two");
  for (let step = 1; step < 7; step++) await page.keyboard.press("ArrowRight");
  const link = page.locator("article.hop:visible .proofs a").last();
  const target = (await link.getAttribute("href"))!.replaceAll(".", "\\.");
  await link.click();
  await page.keyboard.press("Home");
  const back = page.locator(`details${target} .back a[href$="-${multi}-7"]`);
  for (let round = 0; round < 2; round++) {
    await back.click();
    t.regex((await current(page)) ?? "", /^7: /);
    // The address changes first, its event comes when the browser has the time.
    await t.notThrowsAsync(
      page.waitForFunction(() => document.activeElement === document.querySelector("tr.current a"), { timeout: 5000 }),
      `round ${round}`,
    );
    t.true(Math.abs((await page.locator(".controls").boundingBox())!.y) < 20, `round ${round}`);
  }
});

test.serial(
  "Home and End go to the first and the last step straight after loading, and scroll the page where no picture is in sight",
  async (t) => {
    const { page } = await open("two", { viewport: { width: 1280, height: 800 } });
    await page.keyboard.press("End");
    t.regex((await current(page)) ?? "", /^16: /);
    await page.keyboard.press("Home");
    t.regex((await current(page)) ?? "", /^1: /);
    await page.keyboard.press("ArrowRight");
    await page.locator("footer").scrollIntoViewIfNeeded();
    await page.keyboard.press("Home");
    await page.waitForFunction(() => scrollY === 0);
    t.regex((await current(page)) ?? "", /^2: /);
  },
);

test.serial(
  "the first step brings the picture up where it hangs over the screen's edge, and leaves alone a reader who is elsewhere",
  async (t) => {
    const { page } = await open("two", { viewport: { width: 1280, height: 800 } });
    const picture = page.locator("[data-scroll]");
    const cut = (await picture.boundingBox())!;
    t.true(cut.y + cut.height > 800, "or there is nothing to bring up");
    await page.keyboard.press("ArrowRight");
    const box = (await picture.boundingBox())!;
    t.true(box.y >= 0 && box.y + box.height <= 800, JSON.stringify(box));
    await page.locator("footer").scrollIntoViewIfNeeded();
    const before = await page.evaluate(() => scrollY);
    await page.keyboard.press("ArrowRight");
    t.is(await page.evaluate(() => scrollY), before);
  },
);

test.serial("the arrow keys pan a picture that is wider than its frame and has the focus, and else step", async (t) => {
  const narrow = (await open("two", { viewport: { width: 390, height: 844 } })).page;
  await narrow.evaluate(() => document.querySelector("[data-scroll]")!.scrollTo(0, 0));
  await narrow.locator("[data-scroll]").focus();
  await narrow.keyboard.press("ArrowRight");
  await narrow.waitForFunction(() => document.querySelector("[data-scroll]")!.scrollLeft > 0);
  t.regex((await current(narrow)) ?? "", /^1: /);
  const wide = (await open("two")).page;
  await wide.locator("[data-scroll]").focus();
  await wide.keyboard.press("ArrowRight");
  t.regex((await current(wide)) ?? "", /^2: /);
});

for (const [name, size, all] of [
  ["two", "two workers", true],
  ["eight", "eight workers", false],
] as const) {
  test.serial(
    `on a screen of 1280 by 800 the picture with ${size} and what a step says are visible together`,
    async (t) => {
      for (const locale of ["en-US", "zh-CN"]) {
        const { page } = await open(name, { locale, viewport: { width: 1280, height: 800 } });
        await page.evaluate(() => document.querySelector("[data-controls]")!.scrollIntoView());
        for (let step = 1; step <= 16; step++) {
          const box = async (selector: string) => (await page.locator(selector).boundingBox())!;
          const [picture, title, why] = [
            await box(".topology"),
            await box("article.hop:visible h4"),
            await box("article.hop:visible .why"),
          ];
          t.true(picture.y >= 0 && title.y > picture.y + picture.height);
          // With many nodes the tables are longer: there at least how it begins.
          t.true((all ? why.y + why.height : why.y + 30) <= 800, `${locale}, step ${step}: ${why.y + why.height}`);
          await page.keyboard.press("ArrowRight");
        }
      }
    },
  );
}

test.serial("on a telephone the picture keeps its size, and its edges say where there is more", async (t) => {
  const { page } = await open("eight", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const measured = await page.evaluate(() => {
    const svg = document.querySelector<SVGSVGElement>(".topology")!;
    return {
      scale: svg.getBoundingClientRect().width / svg.viewBox.baseVal.width,
      more: [...document.querySelectorAll<HTMLElement>(".scroll")].map(
        (frame) => [frame.dataset["more"], frame.scrollWidth > frame.clientWidth] as const,
      ),
    };
  });
  t.true(measured.scale > 0.99, String(measured.scale));
  for (const [more, wider] of measured.more) t.is(more !== "", wider);
  t.false(await page.locator(".frame text").first().isVisible());
  t.false(await page.locator("[data-keys]").isVisible());
  await page.locator("[data-scroll]").evaluate((frame) => frame.scrollTo(frame.scrollWidth, 0));
  await page.waitForFunction(() => document.querySelector<HTMLElement>("[data-scroll]")!.dataset["more"] === "left");
});

test.serial(
  "a table that is cut off at 1280 px fades out there, and the one of eight workers' VTEPs is not cut off",
  async (t) => {
    const { page } = await open("eight");
    const tables = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>(".scroll")].map(
        (frame) =>
          [frame.getAttribute("aria-label"), frame.scrollWidth - frame.clientWidth, frame.dataset["more"]] as const,
      ),
    );
    t.true(tables.length >= 3);
    for (const [name, rest, more] of tables) t.is(more, rest > 1 ? "right" : "", String(name));
    t.true(tables.find(([name]) => name === "What each node knows of every other")![1] <= 1);
  },
);

test.serial(
  "on paper every step of both journeys is there, and the picture shows none as the current one",
  async (t) => {
    const { page } = await open("two", { colorScheme: "dark" });
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    t.is(await shown(page), outputs.scenarios[multi]!.journey!.length + outputs.scenarios[single]!.journey!.length);
    t.is(await page.locator("section.trip h3:visible").count(), 2);
    const marked = await page.evaluate(
      () =>
        [...document.querySelectorAll(".leg, .packet")].filter(
          (element) => getComputedStyle(element).visibility !== "hidden",
        ).length,
    );
    t.is(marked, 0);
    t.is(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  },
);

test.serial("without JavaScript every hop and every claim is there", async (t) => {
  const { page, troubles } = await open("two", { javaScriptEnabled: false });
  t.is(await shown(page), outputs.scenarios[multi]!.journey!.length + outputs.scenarios[single]!.journey!.length);
  t.is(
    await page.locator("details.claim").count(),
    Object.values(outputs.scenarios).flatMap(({ claims }) => claims).length,
  );
  t.deepEqual(troubles, []);
});

const labs = [
  ["one", "one worker"],
  ["two", "two workers"],
  ["eight", "eight workers"],
] as const;
for (const [name, size] of labs) {
  for (const width of [1280, 390]) {
    test.serial(`at ${width} px the page with ${size} does not overflow, in either language`, async (t) => {
      for (const locale of ["en-US", "zh-CN"]) {
        const { page } = await open(name, { locale, viewport: { width, height: 900 } });
        t.is(
          await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
          0,
          locale,
        );
      }
    });
  }

  test.serial(`in the picture with ${size} no text covers another or leaves its box`, async (t) => {
    for (const locale of ["en-US", "zh-CN"]) {
      const { page } = await open(name, { locale });
      t.deepEqual(await page.evaluate(collisions), [], locale);
    }
  });
}

test.serial("larger type would be seen to cover other text, and paler text to be too pale", async (t) => {
  const { page } = await open("two");
  await page.evaluate(() =>
    document.querySelectorAll<SVGElement>(".topology text").forEach((text) => (text.style.fontSize = "19px")),
  );
  t.true((await page.evaluate(collisions)).length > 10);
  await page.evaluate(() => document.documentElement.style.setProperty("--dim", "#999"));
  t.true((await page.evaluate(tooFaint)).length > 3);
});

/** Runs in the page. */
function collisions(): string[] {
  const texts = [...document.querySelectorAll<SVGTextElement>(".topology text")].filter(
    (text) => getComputedStyle(text).display !== "none",
  );
  const boxes = texts.map((text) => ({
    name: text.textContent,
    box: text.getBBox(),
    node: text.closest<SVGGElement>("g.node-large, g.node-small"),
  }));
  const found: string[] = [];
  for (const [at, one] of boxes.entries()) {
    const frame = one.node?.querySelector<SVGRectElement>("rect.node")?.getBBox();
    if (frame && (one.box.x < frame.x || one.box.x + one.box.width > frame.x + frame.width))
      found.push(`${one.name} leaves its node`);
    for (const other of boxes.slice(at + 1)) {
      const apart =
        one.box.x + one.box.width <= other.box.x ||
        other.box.x + other.box.width <= one.box.x ||
        one.box.y + one.box.height <= other.box.y + 3 ||
        other.box.y + other.box.height <= one.box.y + 3;
      if (!apart) found.push(`${one.name} covers ${other.name}`);
    }
  }
  return found;
}

test.serial("headings go down one level at a time, and every control has a name", async (t) => {
  const { page } = await open("two");
  const levels = await page.evaluate(() =>
    [...document.querySelectorAll("h1, h2, h3, h4")].map((heading) => Number(heading.tagName[1])),
  );
  t.is(levels[0], 1);
  for (const [at, level] of levels.entries()) t.true(at === 0 || level <= levels[at - 1]! + 1, String(levels));
  const nameless = await page.evaluate(
    () =>
      [...document.querySelectorAll("button")].filter(
        (button) => !(button.getAttribute("aria-label") ?? button.textContent).trim(),
      ).length,
  );
  t.is(nameless, 0);
});

for (const colorScheme of ["light", "dark"] as const) {
  test.serial(`text has contrast enough in the ${colorScheme} theme (WCAG AA)`, async (t) => {
    const { page } = await open("two", { colorScheme });
    t.deepEqual(await page.evaluate(tooFaint), []);
    await page.locator("tr.current td").last().hover();
    t.deepEqual(await page.evaluate(tooFaint), [], "the selected row under the mouse");
    await page.locator("tr[data-hop]:not(.current):visible td").last().hover();
    t.deepEqual(await page.evaluate(tooFaint), [], "another row under the mouse");
  });
}

/** Runs in the page: visible HTML text below 4.5 to 1 against what is behind it. */
function tooFaint(): string[] {
  const parse = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: number[]): number => {
    const [r = 0, g = 0, b = 0] = colour
      .slice(0, 3)
      .map((value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element: Element | null): number[] => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if ((colour[3] ?? 1) > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = new Set<string>();
  for (const element of document.querySelectorAll<HTMLElement>("body *:not(svg *)")) {
    const own = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent!.trim() !== "",
    );
    if (!own || !element.checkVisibility() || element.closest("[aria-disabled=true], .unseen, script")) continue;
    const [one, other] = [luminance(parse(getComputedStyle(element).color)), luminance(behind(element))].sort(
      (a, b) => b - a,
    ) as [number, number];
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) found.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...found];
}
