import { execa } from "execa";
import { type Given, invoke, parseResult, type ScriptFile, type ScriptResult } from "../../nodes/script.ts";
import { Problem } from "../view/problem.ts";
import { flag, type Node, readResults, type Results } from "../stack/results.ts";
import { withSecretFiles } from "../stack/secret-files.ts";
import { accessFiles, keyFile, sshArguments } from "../verbs/ssh.ts";

/** Runs one of nodes/*.sh on a node, as an update does. */
export type Run = <Name extends ScriptFile>(
  node: Node,
  script: Name,
  given: Given<Name>,
) => Promise<ScriptResult<Name>>;

/** The way to the nodes' shells while `use` runs. @throws Problem when the lab is not up */
export async function withNodes<T>(stack: string, use: (run: Run, results: Results) => Promise<T>): Promise<T> {
  const results = await readResults(stack, true);
  const { access } = results;
  if (access === undefined || access === "[secret]")
    throw new Problem(`lab "${stack}" is not up; ./lab up${flag(stack)} brings it up`);
  return await withSecretFiles(accessFiles(access), (path) =>
    use(async (node, script, given) => {
      const { command, stdin } = invoke(script, given, new URL(node.ssh).username);
      const ssh = [
        "-o",
        "ConnectTimeout=15",
        ...sshArguments(node, path(keyFile(access, node.name)), path("known-hosts")),
        command,
      ];
      const { exitCode, stdout, stderr } = await execa("ssh", ssh, {
        input: stdin,
        reject: false,
        maxBuffer: 64 * 1024 * 1024,
      });
      if (exitCode !== 0)
        throw new Problem(`${script}.sh failed on ${node.name} (exit code ${exitCode ?? "none"}):\n${stderr}`);
      return parseResult(script, stdout);
    }, results),
  );
}
