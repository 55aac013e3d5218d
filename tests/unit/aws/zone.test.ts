// Proves which zone is picked of what EC2 tells. That EC2 tells it like this, tests/live/aws.test.ts asks an implementation of its API.
import test from "ava";
import { acceptZone, zonesWith } from "../../../components/machines/aws/zone.ts";

const types = ["t3.medium", "t3.small"];
/** As us-east-1 is: e has none of them, c only one, and a local zone has both. */
const offered = [
  ["us-east-1b", "t3.medium"],
  ["us-east-1b", "t3.small"],
  ["us-east-1c", "t3.small"],
  ["us-east-1-bos-1a", "t3.medium"],
  ["us-east-1-bos-1a", "t3.small"],
  ["us-east-1a", "t3.small"],
  ["us-east-1a", "t3.medium"],
] as const;
const offerings = {
  locations: offered.map(([location]) => location),
  instanceTypes: offered.map(([, type]) => type),
};

test("a zone counts that offers every type, and is the region's own", (t) => {
  t.deepEqual(zonesWith(types, "us-east-1", offerings), ["us-east-1a", "us-east-1b"]);
  t.deepEqual(zonesWith(["t3.small"], "us-east-1", offerings), ["us-east-1a", "us-east-1b", "us-east-1c"]);
});

test("without a wish it is the first; one that is asked for or kept stays", (t) => {
  t.is(acceptZone(undefined, ["us-east-1a", "us-east-1b"], types), "us-east-1a");
  t.is(acceptZone("us-east-1b", ["us-east-1a", "us-east-1b"], types), "us-east-1b");
});

test("a zone without one of the types is refused, and those that have them are named", (t) => {
  t.throws(() => acceptZone("us-east-1e", ["us-east-1a", "us-east-1b"], types), {
    message: /^zone us-east-1e does not offer t3.medium and t3.small; us-east-1a, us-east-1b would/,
  });
});

test("types that no zone has together are refused", (t) => {
  t.throws(() => acceptZone(undefined, zonesWith(["t3.small", "a1.large"], "us-east-1", offerings), types), {
    message: /^no zone of the region offers t3.medium and t3.small; write other types/,
  });
});
