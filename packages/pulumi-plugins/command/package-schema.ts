// The table of schema.ts in the form that GetSchema answers with.
import {
  functions,
  loggingModes,
  objectTypes,
  resources,
  version,
  type Field,
  type Fields,
  type Signature,
} from "./schema.ts";

export function packageSchema(): object {
  return {
    name: "command",
    version,
    displayName: "Command",
    description: "Commands and scripts as resources, on this machine or over SSH.",
    license: "Apache-2.0",
    language: { nodejs: { respectSchemaVersion: true } },
    config: {},
    provider: { type: "object" },
    types: {
      "command:local:Logging": logging,
      "command:remote:Logging": logging,
      "command:remote:Connection": { type: "object", ...properties(objectTypes.connection, "remote") },
      "command:remote:ProxyConnection": { type: "object", ...properties(objectTypes.proxy, "remote") },
    },
    resources: Object.fromEntries(
      Object.entries(resources).map(([token, signature]) => [token, resource(token, signature)]),
    ),
    functions: Object.fromEntries(
      Object.entries(functions).map(([token, { description, inputs, outputs }]) => [
        token,
        {
          description,
          inputs: { type: "object", ...properties(inputs, "local") },
          outputs: { type: "object", ...properties({ ...inputs, ...outputs }, "local") },
        },
      ]),
    ),
  };
}

const logging = { type: "string", enum: loggingModes.map((value) => ({ name: value, value })) };

function resource(token: string, { description, inputs, outputs }: Signature): object {
  const module = token.split(":")[1]!;
  const { properties: inputProperties, required: requiredInputs } = properties(inputs, module);
  return {
    description,
    inputProperties,
    requiredInputs,
    ...properties({ ...inputs, ...outputs }, module),
    ...(token === "command:remote:CopyFile" && {
      deprecationMessage: "This resource is deprecated. Use CopyToRemote.",
    }),
  };
}

function properties(fields: Fields, module: string): { properties: object; required: string[] } {
  return {
    properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, property(field, module)])),
    required: Object.entries(fields)
      .filter(([, field]) => field.required)
      .map(([name]) => name),
  };
}

function property(field: Field, module: string): object {
  return {
    ...type(field, module),
    ...(field.default !== undefined && { default: field.default }),
    ...(field.secret && { secret: true }),
    ...(field.replaces && { replaceOnChanges: true }),
  };
}

const any = { $ref: "pulumi.json#/Any" };

function type({ type }: Field, module: string): object {
  switch (type) {
    case "string":
    case "number":
    case "integer":
    case "boolean":
      return { type };
    case "strings":
      return { type: "array", items: { type: "string" } };
    case "stringMap":
      return { type: "object", additionalProperties: { type: "string" } };
    case "anyList":
      return { type: "array", items: any };
    case "logging":
      return { $ref: `#/types/command:${module}:Logging` };
    case "connection":
      return { $ref: "#/types/command:remote:Connection" };
    case "proxy":
      return { $ref: "#/types/command:remote:ProxyConnection" };
    // "Asset" in the schema's language means asset or archive.
    case "assetOrArchive":
      return { $ref: "pulumi.json#/Asset" };
    case "archive":
      return { $ref: "pulumi.json#/Archive" };
    case "assetMap":
      return { type: "object", additionalProperties: { $ref: "pulumi.json#/Asset" } };
    default: {
      const unknown: never = type;
      throw new Error(`no schema for ${String(unknown)}`);
    }
  }
}
