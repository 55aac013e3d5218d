// Writes docs/faults.md in both languages from the catalogue, for the lab of the transcripts: npm run faults-page. Given a file that the tier
// catalogue has written, it takes that in first: npm run faults-page .lab/catalogue.json.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { usualBackend } from "../../../evidence/backends.ts";
import { languages } from "../../../evidence/language.ts";
import { faultsPage, type LabWith } from "../../../faults/page.ts";
import { seen } from "../../../faults/seen.ts";
import { judgeCarried, readCarried } from "../evidence/backends.ts";
import { judge, readLab } from "../evidence/lab.ts";

const docs = join(import.meta.dirname, "../../../docs");
export const pageFile = { en: join(docs, "faults.md"), zh: join(docs, "faults.zh-CN.md") } as const;
/** What the tier catalogue saw last. */
const seenFile = join(import.meta.dirname, "../../catalogue/seen.json");

/** Of another backend than the usual one the transcripts have the lesson across nodes. */
export const labWith: LabWith = (backend) => {
  const other = backend === usualBackend ? undefined : readCarried(backend);
  const facts = other?.facts ?? readLab().facts;
  const nodes = facts.nodes.map((node, index) => ({ ...node, role: index === 0 ? "control-plane" : "worker" }));
  return {
    claims: [...(other === undefined ? judge(readLab()) : judgeCarried(other)).values()],
    lab: { nodes, pods: facts.pods, ...(other && { backend }) },
  };
};

export function pageIn(language: (typeof languages)[number]): string {
  return faultsPage(labWith, language, seen.parse(JSON.parse(readFileSync(seenFile, "utf8"))));
}

if (process.argv.includes("--write")) {
  const given = process.argv.at(-1) ?? "";
  if (given !== "--write") {
    const taken = seen.parse(JSON.parse(readFileSync(given, "utf8")));
    writeFileSync(seenFile, `${JSON.stringify(taken, null, 2)}\n`);
  }
  for (const language of languages) writeFileSync(pageFile[language], pageIn(language));
}
