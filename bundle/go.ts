import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Artifact, BuildContext } from "./artifact.ts";
import { type GoCommand, goCommand } from "./go-toolchain.ts";
import { ensureTools } from "./tools.ts";
import type { Arch } from "./versions.ts";

/** Programs built from one pinned module graph (gomod/NAME). */
export interface GoRecipe {
  readonly name: string;
  readonly arch: Arch;
  /** Seconds a cold build takes on two cores. */
  readonly about: number;
  /** The directory below gomod/ with go.mod and go.sum. @default name */
  readonly module?: string;
  readonly programs: readonly GoProgram[];
  readonly tags?: readonly string[];
  /** Go variables set at link time. */
  readonly stamps?: Readonly<Record<string, string>>;
}

export interface GoProgram {
  /** The package; the program is called like its last part... */
  readonly package: string;
  /** ... unless a name is given. */
  readonly as?: string;
  /** Needs a C compiler. Linked static, against `sysroot`'s libraries where there is one. @default false */
  readonly cgo?: boolean;
}

const gomod = (name: string): string => join(import.meta.dirname, "gomod", name);

/** The text of the module's files: they pin every dependency by content, so they belong in the key. */
function moduleFiles(name: string): Record<string, string> {
  const files = ["go.mod", "go.sum", "main.go"].filter((file) => existsSync(join(gomod(name), file)));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(gomod(name), file), "utf8")]));
}

export function goPrograms(
  recipe: GoRecipe,
  more: {
    readonly needs?: readonly Artifact[];
    /** Headers and static libraries of the target that are not part of a C compiler. */
    readonly sysroot?: (context: BuildContext) => Promise<Sysroot>;
    /** Files the build makes for itself, beside a copy of the module's own. */
    readonly generate?: (context: BuildContext, go: GoCommand, moduleDir: string) => Promise<void>;
    /** Further text that decides the content, such as that of the functions above. */
    readonly text?: string;
  } = {},
): Artifact {
  const { name, arch, about, module = name, ...rest } = recipe;
  return {
    name,
    arch,
    about,
    inputs: { ...rest, flags, module: moduleFiles(module), text: more.text ?? "" },
    needs: more.needs ?? [],
    async build(context) {
      const go = await goCommand(context);
      let cwd = gomod(module);
      if (more.generate) {
        cwd = join(context.scratch, "module");
        await context.run("cp", ["-R", gomod(module), cwd]);
        await more.generate(context, go, cwd);
      }
      const sysroot = await more.sysroot?.(context);
      for (const [index, program] of recipe.programs.entries()) {
        const output = program.as ?? basename(program.package);
        context.note(`${output} (${index + 1} of ${recipe.programs.length})`);
        const env = { ...go.env, GOARCH: arch, GOOS: "linux", ...(await compiler(context, program, arch, sysroot)) };
        const args = buildArgs(recipe, program, join(context.out, output));
        const onLine = compiled(await packagesOf(go.file, args, cwd, env), (count) => {
          context.note(`${output} (${index + 1} of ${recipe.programs.length}), ${count}`, true);
        });
        await context.run(go.file, args, { cwd, env, onLine });
      }
    },
  };
}

/** How many packages a program is made of; fetches the modules, as the build would. @returns 0 where Go does not tell */
async function packagesOf(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const { execa } = await import("execa"); // only a cold build pays for loading it
  const same = args.filter((word) => /^-(mod|tags)=/.test(word));
  const list = await execa(file, ["list", "-deps", ...same, args.at(-1) ?? "."], {
    cwd,
    env,
    reject: false,
    stdin: "ignore",
  });
  return list.exitCode === 0 ? list.stdout.split("\n").length : 0;
}

/**
 * Reads what `go build -v` prints: the name of each package when it is compiled. What Go still has from another build is not printed, so
 * the program may be complete before the count is. Pure.
 */
export function compiled(total: number, show: (count: string) => void): (line: string) => void {
  let done = 0;
  return (line) => {
    if (!/^[\w.~-]+(\/[\w.~+-]+)*$/.test(line)) return; // "go: downloading ...", and a compiler's complaint
    done++;
    show(total === 0 ? `${done} packages compiled` : `${done} of at most ${total} packages compiled`);
  };
}

/** A directory with usr/include and usr/lib/TRIPLET, and which libraries to link from it. */
export interface Sysroot {
  readonly dir: string;
  readonly libraries: readonly string[];
}

/** Nothing of this machine goes into a program: no paths, no version control, no symbols. */
const flags = ["-mod=readonly", "-trimpath", "-buildvcs=false"];

function buildArgs(recipe: GoRecipe, program: GoProgram, output: string): string[] {
  const stamps = Object.entries(recipe.stamps ?? {}).map(([variable, value]) => `-X ${variable}=${value}`);
  const link = ["-s", "-w", ...stamps, ...(program.cgo ? ["-extldflags -static"] : [])].join(" ");
  // With cgo, names are still resolved by Go's own code: a static glibc cannot.
  const tags = [...(recipe.tags ?? []), ...(program.cgo ? ["netgo", "osusergo"] : [])];
  return ["build", "-v", ...flags, `-tags=${tags.join(",")}`, "-ldflags", link, "-o", output, program.package];
}

/** Debian's name for each architecture's library directory. */
export const triplets: Readonly<Record<Arch, string>> = { amd64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };

async function compiler(
  context: BuildContext,
  program: GoProgram,
  arch: Arch,
  sysroot: Sysroot | undefined,
): Promise<Record<string, string>> {
  if (!program.cgo) return { CGO_ENABLED: "0" };
  const cc = await cCompiler(context, arch);
  if (!sysroot) return { CGO_ENABLED: "1", CC: cc };
  return {
    CGO_ENABLED: "1",
    CC: cc,
    CGO_CFLAGS: `-O2 -I${sysroot.dir}/usr/include`,
    CGO_LDFLAGS: [
      `-O2 -L${sysroot.dir}/usr/lib/${triplets[arch]}`,
      ...sysroot.libraries.map((name) => `-l${name}`),
    ].join(" "),
    PKG_CONFIG: "true", // where to look stands above; pkg-config would look in this machine's own directories
  };
}

/** A C compiler for the target; a cross compiler where the target is not this machine. */
export async function cCompiler({ run }: Pick<BuildContext, "run">, arch: Arch): Promise<string> {
  const native = process.arch === (arch === "amd64" ? "x64" : "arm64");
  if (native) {
    await ensureTools(["gcc", "libc6-dev"], run);
    return "gcc";
  }
  if (arch === "arm64") await ensureTools(["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"], run);
  else await ensureTools(["gcc-x86-64-linux-gnu", "libc6-dev-amd64-cross"], run);
  return arch === "arm64" ? "aarch64-linux-gnu-gcc" : "x86_64-linux-gnu-gcc";
}
