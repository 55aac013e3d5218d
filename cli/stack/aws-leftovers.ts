import { countFound, findTagged, type Found, openAccount, removeFound } from "../../platforms/aws/account.ts";
import { idTag, stackTag } from "../../platforms/aws/tags.ts";
import { ensureAwsPackage } from "../parts/aws.ts";
import { say } from "../view/say.ts";
import { configValue } from "./config.ts";

/** What carries this lab's id and is in no state: an interrupted run made it. A volume goes with its instance. Pure. */
export function orphansOf(found: readonly Found[], lab: string, known: ReadonlySet<string>): Found[] {
  return found.filter(({ kind, id, whose }) => whose.lab === lab && kind !== "volume" && !known.has(id));
}

/**
 * Takes away what an interrupted run made on EC2 before the state could tell of it.
 * @param known ids of what the state tells of
 * @returns whether nothing such is left: only then may the record of what was under way go
 */
export async function settleAws(stack: string, lab: string | undefined, known: ReadonlySet<string>): Promise<boolean> {
  if (lab === undefined) return false;
  try {
    await ensureAwsPackage();
    const ec2 = await openAccount(configValue(stack, "awsRegion"));
    const orphans = orphansOf(await findTagged(ec2, stack), lab, known);
    if (orphans.length === 0) return true;
    const kept = await removeFound(ec2, orphans);
    if (kept.length === 0) say(`Removed what an interrupted run had left on EC2: ${countFound(orphans)}.`);
    return kept.length === 0;
  } catch (error) {
    say(`EC2 could not be asked what an interrupted run left there: ${reason(error)}`);
    return false;
  }
}

/** After a destroy: takes away what still carries the lab's id. @returns sentences on what is left of it, and of others with its name */
export async function sweepAws(stack: string, lab: string | undefined): Promise<{ ours: string[]; others: string[] }> {
  const region = configValue(stack, "awsRegion");
  try {
    await ensureAwsPackage();
    const ec2 = await openAccount(region);
    const mine = orphansOf(await findTagged(ec2, stack), lab ?? "", new Set());
    if (lab !== undefined && mine.length > 0) await removeFound(ec2, mine);
    return leftOnAws(await findTagged(ec2, stack), stack, lab, region);
  } catch (error) {
    return {
      ours: [
        `EC2 could not be asked, so whether it holds anything of the lab is not known (${reason(error)}); this lists it: ` +
          `aws ec2 describe-tags --region ${region} --filters Name=key,Values=${stackTag} Name=value,Values=${stack}`,
      ],
      others: [],
    };
  }
}

/** Pure. */
export function leftOnAws(
  found: readonly Found[],
  stack: string,
  lab: string | undefined,
  region: string,
): { ours: string[]; others: string[] } {
  const list = (things: readonly Found[]): string =>
    `${countFound(things)} in ${region}: ${things.map(({ id }) => id).join(", ")}`;
  const mine = found.filter(({ whose }) => lab !== undefined && whose.lab === lab);
  const unclaimed = found.filter(({ whose }) => lab === undefined || whose.lab === "");
  const foreign = found.filter((thing) => !mine.includes(thing) && !unclaimed.includes(thing));
  return {
    ours: [
      ...(mine.length === 0 ? [] : [`Still on EC2, by the tag ${idTag}=${lab}: ${list(mine)}.`]),
      ...(unclaimed.length === 0
        ? []
        : [`On EC2, of a lab "${stack}" of which no state tells whether it is this one: ${list(unclaimed)}.`]),
    ],
    others: foreign.length === 0 ? [] : [`Not touched: another lab "${stack}" on EC2, ${list(foreign)}.`],
  };
}

const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
