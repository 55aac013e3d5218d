// Proves that the Chinese edition of each page has the headings, tables, code, names and figures of the English one, and keeps to the glossary. It does
// not prove that the sentences say the same.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { pages, parse, readPage, root, spansOf } from "./markdown.ts";

const chinese = pages.filter((page) => page.endsWith(".zh-CN.md"));
const english = (page: string): string => page.replace(".zh-CN.md", ".md");

/** Only readers in mainland China need it; it stands in one edition alone. */
const ownSections: Readonly<Record<string, string>> = { "README.zh-CN.md": "在中国大陆使用" };

/** A page without its own section. */
function shared(page: string): string {
  const text = readFileSync(join(root, page), "utf8");
  const own = ownSections[page];
  return own === undefined ? text : text.replace(new RegExp(`^## ${own}\\n[\\s\\S]*?(?=^## )`, "m"), "");
}

/** Comments are words; the rest of a block is not. */
const withoutComments = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/(^|\s)\s*#.*$/, ""));

/** Each part of a sentence may stand elsewhere in the other language, and a glossary may add a name. */
const sorted = (texts: readonly string[]): string[] => texts.map((text) => text.replaceAll(".zh-CN", "")).toSorted();

test("every page that a learner reads has both editions", (t) => {
  const lone = pages.filter(
    (page) =>
      (page.startsWith("docs/") || page === "README.md") &&
      !page.endsWith(".zh-CN.md") &&
      !existsSync(join(root, page.replace(/\.md$/, ".zh-CN.md"))),
  );
  t.deepEqual(lone, []);
});

for (const page of chinese) {
  test(`${page} has the headings of the English edition`, (t) => {
    t.deepEqual(
      parse(shared(page)).headings.map(({ level }) => level),
      readPage(english(page)).headings.map(({ level }) => level),
    );
  });

  test(`${page} has the table rows of the English edition, with the same names in each`, (t) => {
    const names = (rows: readonly (readonly string[])[]): string[] =>
      rows.map((row) => [row.length, ...sorted(spansOf(row.join(" | ")))].join(" "));
    t.deepEqual(names(parse(shared(page)).rows), names(readPage(english(page)).rows));
  });

  test(`${page} has the code of the English edition`, (t) => {
    const code = (text: string): unknown[] =>
      parse(text).codeBlocks.map(({ language, lines }) => [
        language,
        ["sh", "yaml"].includes(language) ? withoutComments(lines) : lines,
      ]);
    t.deepEqual(code(shared(page)), code(readFileSync(join(root, english(page)), "utf8")));
  });
}

/** Numbers of three characters or more: times, sizes, ports, versions. Shorter ones may be words in either language. */
const figuresIn = (text: string): string[] => [
  ...new Set(text.replace(/\]\([^)]*\)/g, "]").match(/\d[\d.,]*\d/g)?.filter((figure) => figure.length >= 3)),
];

for (const page of chinese)
  test(`${page} has the figures of the English edition, and no others`, (t) => {
    const own = figuresIn(shared(page));
    t.deepEqual(own.toSorted(), figuresIn(readFileSync(join(root, english(page)), "utf8")).toSorted());
  });

for (const page of chinese) {
  test(`${page} keeps to the glossary`, (t) => {
    const prose = readFileSync(join(root, page), "utf8").replace(/```[\s\S]*?```/g, "").replace(/`[^`]*`/g, "`");
    const found = glossary.filter(([pattern]) => pattern.test(prose)).map(([pattern, instead]) => `${pattern.source} → ${instead}`);
    t.deepEqual(found, []);
  });
}

/** What not to write, and what to write instead. */
const glossary: readonly (readonly [RegExp, string])[] = [
  [/实验室/, "实验环境, 本实验, 本项目"],
  [/控制面(?!板)/, "控制平面"],
  [/转发数据库/, "转发表（FDB）"],
  [/期限/, "超时时间"],
  [/核对/, "校验, 验证签名"],
  [/竞价实例/, "Spot 实例（竞价型实例）"],
  [/(?<!节)点名/, "指出, 列出"],
  [/房间/, "目录分层"],
  [/直线脚本/, "顺序执行的脚本"],
  [/以太网段/, "以太网网段"],
  [/东西/, "资源, 数据包, 内容"],
  [/追踪/, "跟踪"],
  [/检出/, "仓库目录"],
  [/教程/, "课程"],
  [/\p{Script=Han}\s*[,;:?!]/u, "full-width punctuation"],
  [/(?<![*\p{L}])\*[^*\s][^*\n]*\*(?!\*)/u, "**粗体** or 「」"],
];
