// Which Node.js runs this project, by the rule in package.json's `engines`. Plain and old JavaScript: a Node that cannot read
// TypeScript reads this, and says what to do.
//
//   node node-version.js     prints what is wrong with this Node and ends with 1; nothing where it is one that the rule takes
import { readFileSync, realpathSync } from "node:fs";
import process from "node:process";
import { fileURLToPath, URL } from "node:url";

const here = fileURLToPath(import.meta.url);
/** @type {string} Such as "^22.18 || >=24.2". */
export const rule = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")).engines.node;

/**
 * One sentence for a Node that the rule does not take; undefined for one that it takes. Pure.
 * @param {string} version such as 24.21.0
 * @returns {string | undefined}
 */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  for (const part of rule.split("||").map((text) => text.trim())) {
    const [leastMajor = 0, leastMinor = 0] = part
      .replace(/^(\^|>=)/, "")
      .split(".")
      .map(Number);
    if (major === leastMajor && minor >= leastMinor) return undefined;
    if (part.startsWith(">=") && major > leastMajor) return undefined;
  }
  return (
    `Node.js ${version} does not run this project (package.json wants ${rule}): ` +
    "install Node.js 24 LTS, or start it with ./lab, which fetches one"
  );
}

if (process.argv[1] && realpathSync(process.argv[1]) === here) {
  const problem = nodeProblem(process.versions.node);
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    process.exitCode = 1;
  }
}
