import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { writeWhole } from "../../bundle/tools.ts";
import { checkout, project } from "../paths.ts";
import { choiceOf } from "./artifacts.ts";
import { stackFile } from "./environment.ts";

/** A value of the config, as `pulumi config set` is given it. */
export interface Setting {
  /** The key, and where in its value. */
  readonly path: readonly [string, ...(string | number)[]];
  readonly value: string | number | boolean;
}

/** What `config set [--path] KEY VALUE` sets; undefined for whatever only Pulumi can do, such as a secret. Pure. */
export function settingIn(args: readonly string[]): Setting | undefined {
  const words = args.filter((word, index) => {
    const isStack = word === "--stack" || word === "-s" || word.startsWith("--stack=");
    return !isStack && !["--stack", "-s"].includes(args[index - 1] ?? "");
  });
  const flags = words.filter((word) => word.startsWith("-"));
  const [command, verb, key, value, ...rest] = words.filter((word) => !word.startsWith("-"));
  const known = flags.every((flag) => flag === "--path" || flag === "--plaintext");
  if (command !== "config" || verb !== "set" || !known || key === undefined || value === undefined || rest.length > 0)
    return undefined;
  const name = key.startsWith(`${project}:`) ? key.slice(project.length + 1) : key;
  if (!flags.includes("--path")) return name.includes(":") ? undefined : { path: [name], value };
  const steps = [...name.matchAll(/\["([^"]*)"\]|\[(\d+)\]|\.?([^.[\]]+)/g)].map(
    ([, quoted, index, plain]) => quoted ?? (index === undefined ? plain : Number(index)) ?? "",
  );
  const [first, ...more] = steps;
  return typeof first !== "string" || first.includes(":") ? undefined : { path: [first, ...more], value: typed(value) };
}

/** With --path Pulumi takes a number for a number. */
function typed(value: string): Setting["value"] {
  if (value === "true" || value === "false") return value === "true";
  return /^(0|-?[1-9][0-9]*)$/.test(value) ? Number(value) : value;
}

/** The text of a stack's file with this value in it; its comments stay. Pure. */
export function withSetting(text: string, { path: [key, ...rest], value }: Setting): string {
  const document = parseDocument(text);
  const place = ["config", `${project}:${key}`];
  // A value that Pulumi has written as JSON text cannot be set in parts.
  if (rest.length > 0 && typeof document.getIn(place) === "string") document.deleteIn(place);
  document.setIn([...place, ...rest], value);
  return document.toString();
}

/** Writes it into the stack's file, in one step. @throws Problem where the lab would refuse what the file then says of artifacts */
export function writeSetting(stack: string, setting: Setting): void {
  const file = stackFile(stack);
  const text = withSetting(existsSync(file) ? readFileSync(file, "utf8") : "", setting);
  choiceOf(readFileSync(join(checkout, "Pulumi.yaml"), "utf8"), text);
  writeWhole(file, text);
}
