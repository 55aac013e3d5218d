/** The rows of the release way: everything comes from a stand-in of upstream, and BuildKit makes the machine image. */
import { owner } from "./machine.ts";
import type { MachineRow, MachineRows } from "./machines.ts";
import { debianDocker, lacking, nothingMade, theEnd, threeRun, trixie } from "./shared.ts";

const released: readonly MachineRow[] = [
  {
    name: ["no curl, and everything still to be downloaded", "没有 curl，而一切都还要下载"],
    change: lacking("/usr/bin/curl"),
    shown: "./lab up",
    command: `export PODNET_CACHE=~/fetched; ./lab pulumi config set artifacts release && ./lab pulumi config set mirrors "$MIRRORS" && ./lab up`,
    ends: {
      kind: "refused",
      says: /curl is missing; install it: sudo apt-get install curl$/,
      doctor: /^FAIL +curl +missing/,
    },
    afterwards: nothingMade,
  },
  {
    name: ["a cache on a small partition", "缓存在一个小分区上"],
    change: {
      make: "mkdir -p /mnt/small && mount -t tmpfs -o size=128m,mode=1777 tmpfs /mnt/small",
      undo: "umount /mnt/small",
    },
    command: "PODNET_CACHE=/mnt/small ./lab up",
    ends: {
      kind: "refused",
      says: /^lab: 0\.1 GiB are free for \/mnt\/small, and what the lab is to build or fetch takes 6\.0 GiB; free 5\.9 GiB, or set PODNET_CACHE to a roomier place$/,
      doctor: /^FAIL +disk +0\.1 GiB free for \/mnt\/small/,
    },
    afterwards: nothingMade,
  },
  {
    name: [
      "nothing built: CLI, plugins, Kubernetes and images by release, from a stand-in of upstream; BuildKit",
      "什么都没有构建过：CLI、插件、Kubernetes 和镜像都按发布件获取，来自上游的替身；BuildKit",
    ],
    shown: "./lab up",
    command: "PODNET_CACHE=~/fetched ./lab up",
    seconds: 1200,
    ends: { kind: "works", shows: /^Lab "dev" is up/m },
    afterwards: `${threeRun} && cd /home/${owner}/fetched && test -z "$(ls artifacts bundle | grep -v -e ':$' -e '^$' -e '^release-')"`,
  },
  { ...theEnd, shown: theEnd.command, command: `PODNET_CACHE=~/fetched ${theEnd.command}` },
];

export const releaseRows: readonly MachineRows[] = [
  { root: trixie([...debianDocker, "curl"]), upstream: true, rows: released },
];
