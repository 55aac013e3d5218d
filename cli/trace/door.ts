import { execa } from "execa";
import { invoke, readScript, type ScriptFile } from "../../nodes/script.ts";
import { Problem } from "../view/problem.ts";
import { flag, type Node, readResults, type Results } from "../stack/results.ts";
import { withSecretFiles } from "../stack/secret-files.ts";
import { accessFiles, keyFile, sshArguments } from "../verbs/ssh.ts";

/** Runs one of nodes/*.sh on a node, as an update does. @returns its standard output read as JSON */
export type Run = (
  node: Node,
  script: ScriptFile,
  params?: Readonly<Record<string, string | number>>,
) => Promise<unknown>;

/** The way to the nodes' shells while `use` runs. @throws Problem when the lab is not up */
export async function withNodes<T>(stack: string, use: (run: Run, results: Results) => Promise<T>): Promise<T> {
  const results = await readResults(stack, true);
  const { access } = results;
  if (access === undefined || access === "[secret]")
    throw new Problem(`lab "${stack}" is not up; ./lab up${flag(stack)} brings it up`);
  return await withSecretFiles(accessFiles(access), (path) =>
    use(async (node, script, params = {}) => {
      const { command, stdin } = invoke(readScript(script), params, new URL(node.ssh).username, script);
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
      return JSON.parse(stdout) as unknown;
    }, results),
  );
}
