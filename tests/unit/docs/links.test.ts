// Proves that every link inside the checkout leads to a file, every #anchor to a heading, and every path in a code span to something that is
// there. It does not prove that links to the web lead anywhere.
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import test from "ava";
import { anchorOf, pages, readPage, root } from "./markdown.ts";

test("an anchor is made as GitHub makes it", (t) => {
  t.is(anchorOf("On a Mac: three Lima VMs"), "on-a-mac-three-lima-vms");
  t.is(anchorOf("`machineCidr` overlaps, or a port is taken"), "machinecidr-overlaps-or-a-port-is-taken");
  t.is(anchorOf("在 Mac 上：三台 Lima 虚拟机"), "在-mac-上三台-lima-虚拟机");
});

for (const page of pages) {
  test(`every link of ${page} leads somewhere`, (t) => {
    const dead = readPage(page).links.filter((link) => {
      if (/^(https?|mailto):/.test(link)) return false;
      const [path = "", anchor] = link.split("#");
      const file = path === "" ? page : relative(root, join(root, dirname(page), decodeURIComponent(path)));
      if (!existsSync(join(root, file))) return true;
      if (anchor === undefined) return false;
      return !readPage(file).headings.some(({ text }) => anchorOf(text) === decodeURIComponent(anchor));
    });
    t.deepEqual(dead, []);
  });

  test(`every path that ${page} names is there`, (t) => {
    // The changelog tells of what was.
    const paths = page === "CHANGELOG.md" ? [] : readPage(page).spans.filter(isPath);
    t.deepEqual(
      paths.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });
}

/** Of the checkout, and whole: NAME, * and the like stand for something else. */
function isPath(span: string): boolean {
  return /^(bundle|cli|components|docs|evidence|nodes|packages|platforms|report|tests)\/[\w./-]*$/.test(span) && !/[A-Z]{3}/.test(span);
}
