// The published schema of @pulumi/command, as one table: what there is, of which type, what is required, what defaults to what.
// Checking inputs and answering GetSchema both read from it.
export { commandVersion as version } from "../versions.ts";

export type FieldType =
  | "string"
  | "number"
  | "integer"
  | "boolean"
  | "strings"
  | "stringMap"
  | "anyList"
  | "logging"
  | "assetOrArchive"
  | "archive"
  | "assetMap"
  | "connection"
  | "proxy";

export interface Field {
  readonly type: FieldType;
  readonly required?: boolean;
  readonly default?: string | number;
  readonly secret?: boolean;
  readonly replaces?: boolean;
}
export type Fields = Readonly<Record<string, Field>>;

export const loggingModes = ["stdout", "stderr", "stdoutAndStderr", "none"] as const;

const endpoint: Fields = {
  host: { type: "string", required: true },
  port: { type: "number", default: 22 },
  user: { type: "string", default: "root" },
  password: { type: "string" },
  privateKey: { type: "string" },
  privateKeyPassword: { type: "string" },
  agentSocketPath: { type: "string" },
  hostKey: { type: "string" },
  dialErrorLimit: { type: "integer", default: 10 },
  perDialTimeout: { type: "integer", default: 15 },
};
export const objectTypes = {
  proxy: endpoint,
  connection: { ...endpoint, proxy: { type: "proxy" } },
} satisfies Record<string, Fields>;

const lifecycle: Fields = {
  create: { type: "string" },
  update: { type: "string" },
  delete: { type: "string" },
  triggers: { type: "anyList", replaces: true },
};
const execution: Fields = {
  stdin: { type: "string" },
  logging: { type: "logging" },
  environment: { type: "stringMap" },
  addPreviousOutputInEnv: { type: "boolean" },
};
const localExecution: Fields = {
  ...execution,
  interpreter: { type: "strings" },
  dir: { type: "string" },
  assetPaths: { type: "strings" },
  archivePaths: { type: "strings" },
};
const streams: Fields = {
  stdout: { type: "string", required: true },
  stderr: { type: "string", required: true },
};
const files: Fields = { assets: { type: "assetMap" }, archive: { type: "archive" } };
const connection: Fields = { connection: { type: "connection", required: true, secret: true } };
const triggers: Fields = { triggers: { type: "anyList", replaces: true } };

export interface Signature {
  readonly description: string;
  readonly inputs: Fields;
  /** What the result has besides the inputs. */
  readonly outputs: Fields;
}

export const resources = {
  "command:local:Command": {
    description: "A command run on this machine as part of a resource's life cycle.",
    inputs: { ...lifecycle, ...localExecution },
    outputs: { ...streams, ...files },
  },
  "command:remote:Command": {
    description: "A command run on another machine over SSH as part of a resource's life cycle.",
    inputs: { ...connection, ...lifecycle, ...execution },
    outputs: streams,
  },
  "command:remote:CopyToRemote": {
    description: "A file or directory copied to another machine over SFTP.",
    inputs: {
      ...connection,
      ...triggers,
      source: { type: "assetOrArchive", required: true },
      remotePath: { type: "string", required: true },
    },
    outputs: {},
  },
  "command:remote:CopyFile": {
    description: "Superseded by CopyToRemote: one local file copied to another machine.",
    inputs: {
      ...connection,
      ...triggers,
      localPath: { type: "string", required: true },
      remotePath: { type: "string", required: true },
    },
    outputs: {},
  },
} satisfies Record<string, Signature>;
export type ResourceToken = keyof typeof resources;

export const functions = {
  "command:local:run": {
    description: "A command run on this machine at every preview and update.",
    inputs: { command: { type: "string", required: true }, ...localExecution },
    outputs: { ...streams, ...files },
  },
} satisfies Record<string, Signature>;
export type FunctionToken = keyof typeof functions;
