// Writes docs/faults.md in both languages from the catalogue, for the lab of the transcripts: npm run faults-page.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { languages } from "../../../evidence/language.ts";
import { faultsPage } from "../../../faults/page.ts";
import { judge, readLab } from "../evidence/lab.ts";

const docs = join(import.meta.dirname, "../../../docs");
export const pageFile = { en: join(docs, "faults.md"), zh: join(docs, "faults.zh-CN.md") } as const;

export function pageIn(language: (typeof languages)[number]): string {
  const { facts } = readLab();
  const nodes = facts.nodes.map((node, index) => ({ ...node, role: index === 0 ? "control-plane" : "worker" }));
  return faultsPage([...judge(readLab()).values()], { nodes, pods: facts.pods }, language);
}

if (process.argv.includes("--write"))
  for (const language of languages) writeFileSync(pageFile[language], pageIn(language));
