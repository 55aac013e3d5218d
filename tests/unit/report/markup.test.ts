// Proves that no text becomes markup. What a browser makes of the page is proved in tests/report.
import test from "ava";
import { escape, html, Markup } from "../../../report/markup.ts";

test("text is escaped between tags and in quoted attributes", (t) => {
  t.is(
    html`<a title="${`"'><b>`}">${"<script>&"}</a>`.toString(),
    '<a title="&quot;&#39;&gt;&lt;b&gt;">&lt;script&gt;&amp;</a>',
  );
});

test("markup in markup stays, lists are joined, nothing is nothing", (t) => {
  t.is(
    html`<ul>${["a", "<b>"].map((item) => html`<li>${item}</li>`)}${undefined}${false}${0}</ul>`.toString(),
    "<ul><li>a</li><li>&lt;b&gt;</li>0</ul>",
  );
});

test("a string is never taken for markup, whatever it looks like", (t) => {
  t.is(html`${String(new Markup("<i>"))}`.toString(), "&lt;i&gt;");
});

test("characters that HTML forbids, and those that turn the direction of text, become visible", (t) => {
  t.is(escape("\u0000\u001b[31mred\tand\n"), "\ufffd\ufffd[31mred\tand\n");
  t.is(escape("\u009b31m\u202e"), "\ufffd31m\ufffd");
});
