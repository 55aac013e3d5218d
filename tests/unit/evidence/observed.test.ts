// Proves that what a judge may ask for is what the scripts look at. It does not prove that their commands print it.
import test from "ava";
import { observed } from "../../../evidence/observation.ts";
import { readScript, type ScriptFile } from "../../../nodes/script.ts";

/** Ids that a script's text observes, with a star for each of its variables. A function that takes the id's first part is called with it. */
function idsIn(text: string): string[] {
  const code = text.replaceAll(/^\s*#.*$/gm, "");
  return [...code.matchAll(/(?<![\w-])observe "?([^\s"]+)"? /g)].flatMap(([, id = ""]) => {
    const first = /^\$1\/(.*)$/.exec(id)?.[1];
    const ids = first === undefined ? [id] : callers(code).map((given) => `${given}/${first}`);
    const each = ids.flatMap((one) =>
      one.includes("$family") ? families(code).map((family) => one.replace("$family", family)) : [one],
    );
    return each.map((one) => one.replaceAll(/\$\{\w+[^}]*\}|\$\w+/g, "*"));
  });
}
const callers = (code: string): string[] => [...code.matchAll(/\bping_others ([a-z-]+) /g)].map(([, id = ""]) => id);
/** What `call_others` and `call_targets` are told to end their ids with. */
const families = (code: string): string[] =>
  [...code.matchAll(/^\s*(?:call_others \S+ \S+|call_targets) "?(\w*)"? /gm)].map(([, family = ""]) => family);

/** nodes/lib/pods.sh has a function that only some of its users call. */
const withoutUncalled = (text: string): string => {
  const [before = "", rest = ""] = text.split(/^observe_pod\(\) \{$/m);
  const after = rest.slice(rest.indexOf("\n}\n"));
  return /^\s+observe_pod /m.test(after) ? text : before + after;
};

for (const [script, ids] of Object.entries(observed)) {
  test(`nodes/observe/${script}.sh looks at what evidence/observation.ts lists, and at nothing else`, (t) => {
    const seen = new Set(idsIn(withoutUncalled(readScript(`observe/${script}` as ScriptFile))));
    t.deepEqual([...seen].sort(), [...ids].sort());
  });
}
