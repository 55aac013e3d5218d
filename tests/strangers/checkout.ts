/** This checkout for somebody else. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

const checkout = join(import.meta.dirname, "..", "..");

/** The files of this checkout as they stand, without whatever git does not track. */
export async function copyCheckout(to: string): Promise<void> {
  const { stdout } = await execa("git", ["ls-files", "-z", "--cached"], { cwd: checkout });
  const files = stdout.split("\0").filter((file) => file !== "" && existsSync(join(checkout, file)));
  const pack = ["--null", "--files-from=-", "-cf", "-"];
  await execa("tar", pack, { cwd: checkout, input: files.join("\0"), buffer: false }).pipe("tar", [
    "-xf",
    "-",
    "-C",
    to,
    "--no-same-owner",
  ]);
}
