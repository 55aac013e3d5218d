import type { Claim } from "../evidence/claim.ts";
import type { Text } from "../evidence/language.ts";
import type { Protocol } from "../evidence/journey/marked.ts";
import { type Fault, type LabFacts, type Place, places } from "./fault.ts";
import { place } from "./place.ts";
import { lastSeen, predict } from "./predict.ts";
import { podName, showing, whereIs } from "./tell.ts";

/** Where a packet of a broken lab would be seen last. */
export interface LossStory {
  /** Pods, as NAMESPACE/NAME, and their nodes. */
  readonly from: { readonly pod: string; readonly node: string };
  readonly to: { readonly pod: string; readonly node: string };
  readonly protocol: Protocol;
  /** Which of the two packets is lost: the question, or its answer. */
  readonly leg: "request" | "reply";
  /** The places of that packet's way, in order; "nowhere" is not among them. */
  readonly way: readonly Place[];
  /** Index into `way`; -1: the packet never leaves the pod. */
  readonly last: number;
}

/** What a fault would do to this very lab. */
export interface Story {
  readonly name: string;
  readonly level: Fault["level"];
  readonly title: Text;
  readonly text: Text;
  readonly where: Text;
  /** @default what is lost, chance decides, or nothing is lost */
  readonly loss?: LossStory | undefined;
  /** Of the lab's claims, those that must fail. */
  readonly fails: readonly Claim[];
  /** How many more may fail. */
  readonly may: number;
}

const nearWay: readonly Place[] = ["pod in", "bridge in", "pod out"];

/** Each fault at its usual place in this lab; those that find no place in it are left out. Pure. */
export function tellStories(faults: readonly Fault[], claims: readonly Claim[], lab: LabFacts): readonly Story[] {
  return faults.flatMap((fault): Story[] => {
    const target = placeOrNone(fault, lab);
    if (target === undefined) return [];
    const placed = [{ fault, target }];
    const { fail, may } = predict(claims, placed, lab);
    return [
      {
        name: fault.name,
        level: fault.level,
        title: fault.title,
        text: fault.story,
        where: whereIs({ fault, target }),
        loss: lossOf(placed, lab),
        fails: fail,
        may: may.length,
      },
    ];
  });
}

function placeOrNone(fault: Fault, lab: LabFacts): ReturnType<typeof place> | undefined {
  try {
    return place(fault, lab);
  } catch {
    return undefined;
  }
}

function lossOf(placed: Parameters<typeof showing>[0], lab: LabFacts): LossStory | undefined {
  const shown = showing(placed, lab);
  const seen = shown && lastSeen(shown.from, shown.to, shown.protocol, placed);
  if (seen === undefined) return undefined;
  const { from, to, protocol } = shown!;
  const way = from.node === to.node ? nearWay : places.filter((one) => one !== "nowhere");
  const end = (pod: typeof from) => ({ pod: podName(pod), node: pod.node });
  return { from: end(from), to: end(to), protocol, leg: seen.leg, way, last: way.indexOf(seen.place) };
}
