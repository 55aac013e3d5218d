// A Pulumi project in a temporary folder, with a state of its own and this checkout's plugins, run by the real CLI.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa, type Result } from "execa";
import { tempDir } from "./plugin.ts";
import { version as hostVersion } from "../../packages/pulumi-plugins/language-nodejs/version.ts";
import { installPlugins, pluginFile } from "../../packages/pulumi-plugins/install.ts";

const checkout = join(import.meta.dirname, "../..");

/** PULUMI_BIN, or the CLI that the lab has built on this machine. */
export const cli: string | undefined =
  process.env.PULUMI_BIN ??
  globSync(
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "pod-networking-lab/artifacts/pulumi-*/pulumi"),
  ).filter(existsSync)[0];

export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

export class Project {
  readonly dir = tempDir("project");
  readonly env: Record<string, string>;

  private constructor() {
    const state = join(this.dir, "state");
    mkdirSync(state);
    this.env = {
      PULUMI_HOME: join(this.dir, "home"),
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "for a test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      NO_COLOR: "1",
    };
  }

  static async create(program: string): Promise<Project> {
    const project = new Project();
    const pulumiHome = project.env.PULUMI_HOME!;
    installPlugins({
      pulumiHome,
      node: process.execPath,
      checkout,
      compileCache: join(checkout, "node_modules/.cache/compiled"),
    });
    const official = [
      { file: pluginFile(pulumiHome, "resource", "command", "1.2.1"), program: process.env.COMMAND_PLUGIN },
      { file: pluginFile(pulumiHome, "language", "nodejs", hostVersion), program: process.env.LANGUAGE_HOST },
    ];
    for (const { file, program } of official) {
      if (!program) continue;
      rmSync(file);
      symlinkSync(program, file);
    }
    writeFileSync(
      join(project.dir, "Pulumi.yaml"),
      "name: tiny\nmain: index.ts\nruntime: { name: nodejs, options: { typescript: false } }\n",
    );
    writeFileSync(join(project.dir, "package.json"), '{ "type": "module", "main": "index.ts" }');
    symlinkSync(join(checkout, "node_modules"), join(project.dir, "node_modules"));
    project.write(program);
    await project.pulumi("stack", "init", "test");
    return project;
  }

  write(program: string): void {
    writeFileSync(join(this.dir, "index.ts"), program);
  }

  /** Runs the CLI; all that it prints is one text. It does not throw. */
  async pulumi(...args: string[]): Promise<Result & { text: string }> {
    const result = await execa(cli!, [...args, "--non-interactive"], {
      cwd: this.dir,
      env: this.env,
      all: true,
      reject: false,
    });
    return Object.assign(result, { text: result.all });
  }

  up(...args: string[]) {
    return this.pulumi("up", "--yes", "--skip-preview", ...args);
  }

  async resources(): Promise<Resource[]> {
    const { stdout } = await this.pulumi("stack", "export");
    return (JSON.parse(stdout as string) as { deployment: { resources?: Resource[] } }).deployment.resources ?? [];
  }

  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.pulumi("stack", "output", "--json", "--show-secrets")).stdout as string) as Record<
      string,
      unknown
    >;
  }

  read(file: string): string {
    return readFileSync(join(this.dir, file), "utf8");
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
