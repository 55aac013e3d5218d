import * as pulumi from "@pulumi/pulumi";
import type { Choice, Decided } from "../../bundle/choice.ts";
import { decide, knownDecision, type Subject, whyNotPublished } from "../../bundle/decide.ts";

/** What machines are made from that the lab itself makes. */
export interface MadeFrom {
  /** As the config has it. */
  readonly choice: Choice;
  /** Which way that is. @default not known: this is a preview, and only the network could tell */
  readonly decided: Decided | undefined;
}

/**
 * Settles which way machines are made, once, before there is any resource. An update may ask the network; a preview asks nothing and writes
 * nothing, and says what is known. @throws pulumi.RunError where there is no such Kubernetes
 */
export async function settle(subject: Subject, choice: Choice): Promise<MadeFrom> {
  if (pulumi.runtime.isDryRun()) return { choice, decided: knownDecision(subject, choice) };
  await assertPublished(choice);
  return { choice, decided: await decide(subject, choice, (line) => void pulumi.log.info(line)) };
}

/** Machines elsewhere each find out for themselves what they reach; whether there is such a Kubernetes is asked once, by an update. */
export async function assertPublished(choice: Choice): Promise<void> {
  if (pulumi.runtime.isDryRun()) return;
  const problem = await whyNotPublished(choice);
  if (problem !== undefined) throw new pulumi.RunError(problem);
}
