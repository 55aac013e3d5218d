// Every page of the course on a lab of nothing but downloads, the pages' own images among them, from upstream's layout on this machine. It does not prove that
// upstream's sites have what the plan names, nor that upstream's images do what ours do: what is served was built here.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { lessonImages } from "../../bundle/versions.ts";
import { beginAndEndWithout, progress, setLessons, traces } from "../live/lab.ts";
import { openReleased } from "../live/released.ts";
import { allPages, pagesHold } from "./held.ts";

const stackName = "live-lessons-release";
const { stack, folder, end } = await openReleased(
  stackName,
  { machineCidr: "172.28.59.0/24", portBase: 31610, podCidr: "10.235.0.0/16" },
  lessonImages,
);

beginAndEndWithout(stack, test, end);

test.serial("every page holds on machines of downloaded parts, with downloaded images", async (t) => {
  await setLessons(stack, ["pod-network", ...allPages]);
  await stack.up(progress);
  await pagesHold(t, stack, allPages);
  const made = readdirSync(join(folder, "cache", "artifacts"));
  t.deepEqual(
    made.filter((name) => !name.startsWith("release-")),
    [],
  );
  for (const image of lessonImages)
    t.true(
      made.some((name) => name.includes(image)),
      image,
    );
});

test.serial("destroyed, it leaves nothing", async (t) => {
  await stack.destroy(progress);
  t.deepEqual(traces(stackName), []);
});
