import type { Inside } from "./settled.ts";

/** Programs of the control plane that hold enough to be told one by one. */
const programs = [
  "kube-apiserver",
  "etcd",
  "kube-controller",
  "kube-scheduler",
  "kubelet",
  "containerd",
  "shims",
] as const;
/** What a Go program says of its own heap: what is in use, what it has given back to the kernel, and how often it has collected. */
const ofHeap = {
  "heap in use": "go_memstats_heap_inuse_bytes",
  "heap not given back": "go_memstats_heap_idle_bytes",
  "heap given back": "go_memstats_heap_released_bytes",
} as const;

/** MB of the control plane's programs, by what they are; of the two that hold most, the heap too. */
export type Memory = Readonly<Record<string, number>>;

/** Memory that programs hold themselves, by process, and the heaps of API server and etcd as they tell them. */
export function memoryOf(inside: Inside, node: string): Memory {
  const held = inside(
    node,
    `for process in /proc/[0-9]*; do
       echo "$(cat "$process/comm" 2>/dev/null) $(awk '/^Pss_Anon:/ { print $2 }' "$process/smaps_rollup" 2>/dev/null)"
     done`,
  );
  const found: Record<string, number> = Object.fromEntries(programs.map((name) => [name, 0]));
  found["others"] = 0;
  for (const line of held.split("\n")) {
    const [name = "", kib = "0"] = line.trim().split(" ");
    const known = name.startsWith("containerd-shim") ? "shims" : programs.find((one) => one === name);
    const of = known ?? "others";
    found[of] = (found[of] ?? 0) + Number(kib) / 1024;
  }
  const metrics: Readonly<Record<string, string>> = {
    "kube-apiserver": inside(
      node,
      "kubectl --kubeconfig=/etc/kubernetes/admin.conf get --raw /metrics | grep ^go_memstats_heap",
    ),
    etcd: inside(
      node,
      "exec 3<>/dev/tcp/127.0.0.1/2381; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; grep -a -E '^(go_memstats_heap|etcd_mvcc_db_total_size_in_bytes|etcd_mvcc_db_total_size_in_use_in_bytes|etcd_debugging_mvcc_keys_total)' <&3",
    ),
  };
  const value = (text: string, name: string): number =>
    Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1] ?? Number.NaN);
  for (const [program, text] of Object.entries(metrics))
    for (const [what, name] of Object.entries(ofHeap)) found[`${program}: ${what}`] = value(text, name) / 2 ** 20;
  // What a Go runtime counts as idle is partly given back already.
  for (const program of Object.keys(metrics))
    found[`${program}: heap not given back`] =
      (found[`${program}: heap not given back`] ?? 0) - (found[`${program}: heap given back`] ?? 0);
  found["etcd: database"] = value(metrics["etcd"] ?? "", "etcd_mvcc_db_total_size_in_bytes") / 2 ** 20;
  found["etcd: database in use"] = value(metrics["etcd"] ?? "", "etcd_mvcc_db_total_size_in_use_in_bytes") / 2 ** 20;
  return Object.fromEntries(Object.entries(found).map(([what, megabytes]) => [what, Math.round(megabytes * 10) / 10]));
}

/** One line of a table, and the line above it. */
export const lineOf = (minute: number, memory: Memory): string =>
  [minute.toFixed(1), ...Object.values(memory)].join("\t");
export const headOf = (memory: Memory): string => ["minute", ...Object.keys(memory)].join("\t");

/** By least squares: how much the second numbers grow for each one of the first. Pure. */
export function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1): number => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0) / spread;
}

/** MB an hour by which each program grows in the second half of a table of such lines, by name: caches fill in the first. Pure. */
export function growth(table: string): Readonly<Record<string, number>> {
  const [head = "", ...lines] = table.trimEnd().split("\n");
  const rows = lines.map((line) => line.split("\t").map(Number));
  const last = rows.at(-1)?.[0] ?? 0;
  const later = rows.filter(([minute = 0]) => minute >= last / 2);
  return Object.fromEntries(
    head
      .split("\t")
      .slice(1)
      .map((name, index) => [
        name,
        Math.round(600 * slopeOf(later.map((row) => [row[0] ?? 0, row[index + 1] ?? Number.NaN]))) / 10,
      ]),
  );
}
