// Every page of the course where nothing is as by default: ranges as small as they may be, other names, one worker, and then six. It does not prove other
// platforms.
import test from "ava";
import { beginAndEndWithout, configure, openStack, progress, setLessons, setList } from "../live/lab.ts";
import { allPages, pagesHold } from "./held.ts";

const stackName = "livelessonselsewhere";
const names = ["control", "a", "b-2", "worker-of-some-length", "d", "e", "f"];
const config = (workers: number) => ({
  platform: "local",
  workers,
  machineCidr: "172.28.54.64/27",
  portBase: 31810,
  podCidr: "100.72.8.0/21",
  serviceCidr: "192.168.200.0/24",
});
const stack = await openStack(stackName, config(1));

beginAndEndWithout(stack, test);

for (const workers of [1, 6])
  test.serial(`with other ranges and names every page holds, workers: ${workers}`, async (t) => {
    await configure(stack, config(workers));
    await setList(stack, "nodeNames", names.slice(0, workers + 1));
    await setLessons(stack, ["pod-network", ...allPages]);
    await stack.up(progress);
    await pagesHold(t, stack, allPages);
  });
