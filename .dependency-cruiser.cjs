/**
 * The order of the rooms, as docs/architecture.md draws it: a room imports only from itself and from the rooms named here, types included.
 * `evidence/` is the ground, and `nodes/` says in its words what its scripts print. What is not listed is not allowed.
 */
const rooms = {
  "evidence/": [],
  "nodes/": ["evidence/"],
  "faults/": ["nodes/", "evidence/"],
  "bundle/": ["nodes/"],
  "platforms/": ["bundle/", "nodes/", "evidence/"],
  "components/outputs.ts": ["evidence/"],
  "report/": ["components/outputs.ts", "evidence/"],
  "components/settings/": ["bundle/", "faults/", "evidence/", "nodes/"],
  "components/script.ts": ["bundle/", "nodes/"],
  "components/machines/": [
    "components/outputs.ts",
    "components/script.ts",
    "components/settings/",
    "platforms/",
    "bundle/",
    "evidence/",
    "nodes/",
  ],
  "components/cluster/": ["components/machines/machine.ts", "components/script.ts", "bundle/", "evidence/", "nodes/"],
  "components/": ["platforms/", "bundle/", "faults/", "evidence/", "nodes/"],
  "packages/pulumi-plugins/": [],
  "cli/": [
    "report/",
    "components/",
    "platforms/",
    "bundle/",
    "faults/",
    "evidence/",
    "nodes/",
    "packages/pulumi-plugins/",
    "node-version.js",
  ],
  "index.ts": ["components/"],
  "node-version.js": [],
  "start.js": ["index.ts", "components/engine-end.ts", "node-version.js"],
};

const inRoom = (room) => `^${room.replaceAll(".", "\\.")}`;
/** A file belongs to the longest room that it is in: components/outputs.ts stands below the rest of components/. */
const narrower = (room) => Object.keys(rooms).filter((other) => other !== room && other.startsWith(room));

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, below]) => ({
      name: `${room} imports down`,
      severity: "error",
      from: { path: inRoom(room), pathNot: narrower(room).map(inRoom) },
      to: { path: "^[^/]+", pathNot: [room, ...below].map(inRoom), dependencyTypes: ["local"] },
    })),
    {
      name: "no circle",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      // What ./lab asks before it starts anything: the SDK alone takes half a second to load.
      name: "settings are judged without Pulumi's SDK",
      severity: "error",
      from: { path: "^components/settings/", pathNot: "^components/settings/read\\.ts$" },
      to: { path: "@pulumi/", dependencyTypesNot: ["type-only"] },
    },
    {
      // npm's flat node_modules forgives it; pnpm's does not. The stand-in plugins have a package.json of their own.
      name: "a package that is imported stands in package.json",
      severity: "error",
      from: { path: "^(index\\.ts|components|evidence|report|nodes|bundle|platforms|cli)", pathNot: "^cli/test/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^tests/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};
