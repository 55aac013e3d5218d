// Proves what is said of things on EC2 that carry a lab's tags, and which of them an interrupted run left. Finding them is not proved here.
import test from "ava";
import { leftOnAws, orphansOf } from "../../../cli/stack/aws-leftovers.ts";
import type { Found } from "../../../platforms/aws/account.ts";

const [mine, other] = ["dev-01234567", "dev-89abcdef"];
const thing = (kind: Found["kind"], id: string, lab: string): Found => ({ kind, id, whose: { stack: "dev", lab } });
const found = [
  thing("instance", "i-known", mine),
  thing("instance", "i-unknown", mine),
  thing("volume", "vol-known", mine),
  thing("vpc", "vpc-other", other),
  thing("vpc", "vpc-old", ""),
];

test("an interrupted run left what has this lab's id and is in no state; volumes go with their instances", (t) => {
  t.deepEqual(
    orphansOf(found, mine, new Set(["i-known"])).map(({ id }) => id),
    ["i-unknown"],
  );
});

test("what is left is named with where it is, and another lab's things are not counted as this one's", (t) => {
  const { ours, others } = leftOnAws(found, "dev", mine, "eu-central-1");
  t.regex(
    ours[0] ?? "",
    /pod-networking-lab.id=dev-01234567: 2 instances, 1 volume in eu-central-1: i-known, i-unknown, vol/,
  );
  t.regex(ours[1] ?? "", /no state tells .*: 1 vpc in eu-central-1: vpc-old/);
  t.regex(others[0] ?? "", /^Not touched: another lab "dev" on EC2, 1 vpc in eu-central-1: vpc-other/);
  t.deepEqual(leftOnAws([], "dev", mine, "eu-central-1"), { ours: [], others: [] });
});

test("without an id of its own a lab claims nothing", (t) => {
  const { ours, others } = leftOnAws(found, "dev", undefined, "eu-central-1");
  t.deepEqual([ours.length, others.length], [1, 0]);
});
