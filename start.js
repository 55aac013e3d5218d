// What Pulumi starts: index.ts, once it is certain that this Node can read it. Without this module an older one ends in a raw error
// of its loader, with neither the version that it is nor the one that is needed.
import process from "node:process";
import { nodeProblem } from "./node-version.js";

export default async function start() {
  const problem = nodeProblem(process.versions.node);
  // Pulumi's mark of an error that is shown without a stack; its own class cannot be imported by a Node that is too old for the SDK.
  if (problem !== undefined) throw Object.assign(new Error(problem), { __pulumiRunError: true });
  const { quietAfterTheEnd } = await import("./components/engine-end.ts");
  quietAfterTheEnd();
  return await import("./index.ts");
}
