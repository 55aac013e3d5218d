import { createHash } from "node:crypto";
import { inTags, type Language, say, tags, type Text } from "./language.ts";
import { html, Markup } from "./markup.ts";
import { page as words } from "./words.ts";

export interface Document {
  readonly title: Text;
  /** The page's language at first. @default the reader's, else English */
  readonly language?: Language | undefined;
  /** Text of the style sheet and of the script; the page asks nobody for anything. */
  readonly style: string;
  readonly script: string;
  readonly header: Markup;
  readonly main: Markup;
  readonly footer: Markup;
}

/** One HTML document with everything in it. Pure. */
export function renderDocument({ title, language, style, script, header, main, footer }: Document): string {
  const first = language ?? "en";
  const policy = `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="${tags[first]}"${language !== undefined && html` data-language="chosen"`}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title${inTags(title)}>${title[first]}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<div class="switches" data-switches hidden><button type="button" data-language-switch><span lang="en">中文</span><span lang="zh-CN">English</span></button><button type="button" data-theme-switch><span aria-hidden="true">◐</span><span class="unseen">${say(words.theme)}</span></button></div>
${header}
</header>
<main>
${main}
</main>
<footer>${footer}</footer>
<script>${new Markup(script)}</script>
</body>
</html>
`;
  return page.toString();
}

const hashOf = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;

/** 2026-11-24 19:15:53 UTC */
export const readable = (at: string): string => at.replace(/^(\S+)T([\d:]+)(?:\.\d+)?Z$/, "$1 $2 UTC");
