import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readOrNothing } from "../../bundle/tools.ts";
import { checkout, labDir, pulumiHome, stateDir } from "../paths.ts";

export const passphraseFile = join(labDir, "passphrase");

/** State is kept in .lab/. Where the user chose another backend, nothing of it is the lab's to tidy. */
export function ownBackend(env: NodeJS.ProcessEnv = process.env): boolean {
  const chosen = env["PULUMI_BACKEND_URL"];
  return chosen ? chosen === `file://${stateDir}` : !env["PULUMI_ACCESS_TOKEN"];
}

/** One line where the state is not kept in .lab/. Of an address, which may hold a password, only the place is told. */
export function stateElsewhere(
  env: NodeJS.ProcessEnv = process.env,
  credentials = join(pulumiHome, "credentials.json"),
): string | undefined {
  if (ownBackend(env)) return undefined;
  const chosen = env["PULUMI_BACKEND_URL"];
  if (chosen)
    return `PULUMI_BACKEND_URL is set: the state of this lab is kept at ${placeOf(chosen)}, not in .lab/ here.`;
  // Left by ./lab pulumi login; Pulumi looks there before it takes its cloud.
  const login = /"current": *"([^"]+)"/.exec(readOrNothing(credentials) ?? "")?.[1];
  const place =
    login === undefined ? "Pulumi's cloud (app.pulumi.com)" : `${placeOf(login)}, where Pulumi is logged in`;
  return `PULUMI_ACCESS_TOKEN is set: the state of this lab is kept in ${place}, not in .lab/ here; unset PULUMI_ACCESS_TOKEN keeps it here.`;
}

function placeOf(address: string): string {
  if (!URL.canParse(address)) return address.split("?", 1)[0] ?? "";
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}

/** What pulumi needs to work in this checkout without touching the user's own Pulumi. Values, no secrets. */
export function pulumiVariables(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const variables: Record<string, string> = {
    PULUMI_HOME: pulumiHome,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The salt of the passphrase is taken from the state when the stack's file has none: see stack-file.ts.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
  };
  // Engine, program and plugins talk by gRPC on loopback, and Node's gRPC would have a proxy of the user's carry that.
  if (env["grpc_proxy"] || env["https_proxy"] || env["http_proxy"])
    variables["no_grpc_proxy"] = [env["no_grpc_proxy"] || env["no_proxy"], "127.0.0.1", "localhost"]
      .filter(Boolean)
      .join(",");
  if (ownBackend(env)) variables["PULUMI_BACKEND_URL"] = `file://${stateDir}`;
  if (env["PULUMI_CONFIG_PASSPHRASE"] === undefined && !env["PULUMI_CONFIG_PASSPHRASE_FILE"]) {
    variables["PULUMI_CONFIG_PASSPHRASE_FILE"] = passphraseFile;
  }
  return variables;
}

/** Directories and the passphrase that the variables speak of. Safe to call twice, and from two processes at once. */
export function prepareLabDir(): void {
  mkdirSync(stateDir, { recursive: true });
  mkdirSync(pulumiHome, { recursive: true });
  if (existsSync(passphraseFile)) return;
  const draft = `${passphraseFile}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600 });
  try {
    // link fails where the name exists already: the first process's passphrase stays.
    linkSync(draft, passphraseFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

export function stackFile(stack: string): string {
  return join(checkout, `Pulumi.${stack}.yaml`);
}
