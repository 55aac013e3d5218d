/** What nodes/faults/snapshot.sh prints of a node: lines by heading. */
export type Snapshot = Readonly<Record<string, readonly string[]>>;
/** By name of the node. */
export type Snapshots = Readonly<Record<string, Snapshot>>;

/** One line that was there and is not, or is there and was not. */
export interface Change {
  readonly node: string;
  /** What was looked at, such as "routes". */
  readonly part: string;
  readonly sign: "-" | "+";
  readonly line: string;
}

/** What is different on the nodes now, line by line. Pure. */
export function changesBetween(before: Snapshots, now: Snapshots): readonly Change[] {
  const [old, young] = [named(before), named(now)];
  return Object.entries(old).flatMap(([node, parts]) => {
    const seen = young[node] ?? {};
    return [...new Set([...Object.keys(parts), ...Object.keys(seen)])].flatMap((part) => {
      const [was, is] = [parts[part] ?? [], seen[part] ?? []];
      return [
        ...without(was, is).map((line): Change => ({ node, part, sign: "-", line })),
        ...without(is, was).map((line): Change => ({ node, part, sign: "+", line })),
      ];
    });
  });
}

/** A device that flanneld makes anew has another MAC, which all nodes then know: it is as good as the old one. */
function named(snapshots: Snapshots): Snapshots {
  const macs = Object.entries(snapshots).flatMap(([node, { vtep = [] }]) =>
    vtep.map((line) => {
      const [device = "", mac = ""] = line.split(" ");
      return [mac, `MAC of ${node}'s ${device}`] as const;
    }),
  );
  const name = (line: string): string => macs.reduce((said, [mac, words]) => said.replaceAll(mac, words), line);
  const nameAll = (parts: Snapshot): Snapshot =>
    Object.fromEntries(Object.entries(parts).map(([part, lines]) => [part, lines.map(name)]));
  return Object.fromEntries(Object.entries(snapshots).map(([node, parts]) => [node, nameAll(parts)]));
}

/** Lines of the one that the other lacks, as often as it lacks them; their order says nothing. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
