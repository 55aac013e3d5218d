/** What nodes/host/preflight.sh says of a host: values by key, in the order they came. Pure. */
export interface HostFacts {
  readonly one: (key: string) => string | undefined;
  readonly all: (key: string) => readonly string[];
}

export function parseFacts(text: string): HostFacts {
  const values = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, key, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, [...(values.get(key) ?? []), value]);
  }
  return { one: (key) => values.get(key)?.[0], all: (key) => values.get(key) ?? [] };
}
