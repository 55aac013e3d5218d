import { languages, tags, type Text } from "./language.ts";
import type { Box } from "./layout.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { round } from "./route.ts";

/** A box with rounded corners. */
export const rectangle = ({ x, y, width, height }: Box, kind: string, radius: number): Markup =>
  html`<rect class="${kind}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}"/>`;

export type Anchor = "start" | "end" | "middle";

/** One name, number or command. Nothing when it is not known. */
export const label = (x: number, y: number, kind: string, content: Content, anchor: Anchor = "start"): Content =>
  content !== undefined &&
  content !== "" &&
  html`<text class="${kind}" x="${round(x)}" y="${round(y)}"${anchor !== "start" && html` text-anchor="${anchor}"`}>${content}</text>`;

/** Words, not names: in the page's language. */
export const worded = (x: number, y: number, kind: string, text: Text, anchor: Anchor = "start"): Markup =>
  html`${languages.map((language) => html`<text lang="${tags[language]}" class="${kind}" x="${round(x)}" y="${round(y)}"${anchor !== "start" && html` text-anchor="${anchor}"`}>${text[language]}</text>`)}`;
