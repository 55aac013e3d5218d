// What happened when: the steps of a run on a common axis, from what the script wrote down or from the engine's events. Pure.

/** One step on one machine. Times are seconds since the run began. */
export interface Span {
  /** A machine's name, or "host" for what runs on the user's machine. */
  readonly lane: string;
  readonly step: Step;
  readonly from: number;
  readonly to: number;
}

export const steps = [
  "engine",
  "ground",
  "keys",
  "boot",
  "prepare",
  "init",
  "certificates",
  "kubelet",
  "control plane up",
  "addons",
  "token",
  "join",
  "flannel",
  "packages",
  "nodes Ready",
  "DNS",
  "pods Ready",
  "observe",
] as const;
export type Step = (typeof steps)[number];

/** What kubeadm prints when it begins a part of its work. The part lasts until the next one begins. */
const kubeadmParts: readonly (readonly [prefix: string, step: Step])[] = [
  ["[preflight]", "init"],
  ["[certs]", "certificates"],
  ["[kubeconfig]", "certificates"],
  ["[etcd]", "control plane up"],
  ["[control-plane]", "control plane up"],
  ["[kubelet-start]", "kubelet"],
  ["[kubelet-check]", "kubelet"],
  ["[wait-control-plane]", "control plane up"],
  ["[control-plane-check]", "control plane up"],
  ["[upload-config]", "control plane up"],
  ["[mark-control-plane]", "control plane up"],
  ["[bootstrap-token]", "control plane up"],
];

/** A line that kubeadm printed on a machine, with its moment in seconds since the run began. */
export interface Said {
  readonly lane: string;
  readonly at: number;
  readonly text: string;
}

/** The parts of `kubeadm init`, from its lines. `until` is when it ended. */
export function kubeadmSpans(said: readonly Said[], until: number): Span[] {
  const spans: Span[] = [];
  for (const { lane, at, text } of said) {
    const step = kubeadmParts.find(([prefix]) => text.trimStart().startsWith(prefix))?.[1];
    if (step === undefined) continue;
    const last = spans.at(-1);
    if (last?.step === step) continue;
    if (last !== undefined) spans[spans.length - 1] = { ...last, to: at };
    spans.push({ lane, step, from: at, to: until });
  }
  return spans;
}

/** Steps of straight-line.sh by the words that it writes. */
const scriptSteps: Readonly<Record<string, Step>> = {
  ground: "ground",
  network: "ground",
  boot: "boot",
  prepare: "prepare",
  init: "init",
  addons: "addons",
  token: "token",
  join: "join",
  flannel: "flannel",
  "nodes Ready": "nodes Ready",
  DNS: "DNS",
  pods: "pods Ready",
  "pods Ready": "pods Ready",
};

/** What straight-line.sh wrote to PHASES. @param start Unix seconds @throws Error for a line that it does not write */
export function scriptSpans(text: string, start: number): Span[] {
  const lines = text.split("\n").filter(Boolean);
  const said: Said[] = [];
  const spans: Span[] = [];
  for (const line of lines) {
    const [lane = "", what = "", first = "", second = ""] = line.split("\t");
    if (what === "says") {
      said.push({ lane, at: Number(first) - start, text: second });
      continue;
    }
    const step = scriptSteps[what];
    if (step === undefined)
      throw new Error(`straight-line.sh wrote of a step "${what}", which phases.ts does not know`);
    spans.push({ lane, step, from: Number(first) - start, to: Number(second) - start });
  }
  const init = spans.find(({ step }) => step === "init");
  const ofInit = said.filter(({ lane }) => lane === init?.lane);
  return [...spans, ...(init === undefined ? [] : kubeadmSpans(ofInit, init.to))];
}

/** The step that a resource of the lab stands for; undefined for those that take no time of their own. */
export function stepOf(name: string): { readonly lane: string; readonly step: Step } | undefined {
  const rules: readonly (readonly [RegExp, Step])[] = [
    [/^machines-(?:ground|image|network)$/, "ground"],
    [/^machines-(?:(.+)-host|login)-?key$/, "keys"],
    [/^machines-(k8s-.+)$/, "boot"],
    [/^(k8s-.+)-prepare$/, "prepare"],
    [/^(k8s-.+)-init$/, "init"],
    [/^(k8s-.+)-addons$/, "addons"],
    [/^(k8s-.+)-token$/, "token"],
    [/^(k8s-.+)-join$/, "join"],
    [/^(k8s-.+)-packages$/, "packages"],
    [/flannel/, "flannel"],
    [/-ready$/, "nodes Ready"],
    [/(?:^|\/)my-?pod\d?$/, "pods Ready"],
    [/-(?:observe|echo|silence|facts|capture|captured|probe|cluster|bridge|containers)(?:-|$)/, "observe"],
  ];
  for (const [pattern, step] of rules) {
    const match = pattern.exec(name);
    if (match) return { lane: match[1] ?? "host", step };
  }
  return undefined;
}

/** When each step began first and ended last, and how much of the time some machine was at it. */
export interface Row {
  readonly step: Step;
  readonly from: number;
  readonly to: number;
  /** Seconds in which at least one machine was at it. */
  readonly busy: number;
}

export function rowsOf(spans: readonly Span[]): Row[] {
  return steps.flatMap((step) => {
    const own = spans.filter((span) => span.step === step);
    if (own.length === 0) return [];
    return [
      {
        step,
        from: Math.min(...own.map(({ from }) => from)),
        to: Math.max(...own.map(({ to }) => to)),
        busy: union(own),
      },
    ];
  });
}

function union(spans: readonly Span[]): number {
  let total = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    total += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return total;
}

/**
 * The chain of steps that the end waited for: from the last one back, each time to the one that ended last before this one began.
 * Inner parts of kubeadm stand for the whole init.
 */
export function criticalPath(spans: readonly Span[]): Span[] {
  const parts = spans.some(({ step }) => step === "control plane up")
    ? spans.filter(({ step }) => step !== "init")
    : [...spans];
  const path: Span[] = [];
  let next = parts.toSorted((a, b) => a.to - b.to).at(-1);
  while (next !== undefined) {
    path.unshift(next);
    const { from, to } = next;
    // A step that began while another ran had not waited for it; a few hundredths are the scheduler's.
    next = parts
      .filter((span) => span.to <= from + 0.05 && span.to < to)
      .toSorted((a, b) => a.to - b.to)
      .at(-1);
  }
  return path;
}

/** The table for people. Seconds, one decimal. */
export function phaseTable(runs: Readonly<Record<string, readonly Span[]>>): string {
  const names = Object.keys(runs);
  const rows = Object.fromEntries(names.map((name) => [name, rowsOf(runs[name] ?? [])]));
  const cell = (name: string, step: Step): string => {
    const row = rows[name]?.find((one) => one.step === step);
    return row === undefined ? "" : `${row.from.toFixed(1)} to ${row.to.toFixed(1)}`;
  };
  const shown = steps.filter((step) => names.some((name) => cell(name, step) !== ""));
  return [
    `| step | ${names.join(" | ")} |`,
    `| --- |${names.map(() => " --- |").join("")}`,
    ...shown.map((step) => `| ${step} | ${names.map((name) => cell(name, step)).join(" | ")} |`),
  ].join("\n");
}

const hues: Readonly<Partial<Record<Step, string>>> = {
  boot: "#7aa2c9",
  keys: "#b7b7b7",
  ground: "#b7b7b7",
  prepare: "#8fc1a9",
  certificates: "#e3b04b",
  kubelet: "#d98c5f",
  "control plane up": "#c96a5b",
  addons: "#b588c4",
  token: "#b7b7b7",
  join: "#d98c5f",
  flannel: "#6fb3b8",
  "nodes Ready": "#9bbf65",
  DNS: "#9bbf65",
  "pods Ready": "#5f9bd1",
  observe: "#5f7fd1",
};

/** The same as a picture: one band for each run, one lane for each machine, on a common axis. */
export function phaseSvg(runs: Readonly<Record<string, readonly Span[]>>): string {
  const all = Object.values(runs).flat();
  const end = Math.ceil(Math.max(1, ...all.map(({ to }) => to)));
  const [left, width, height] = [150, 900, 16];
  const x = (seconds: number): number => Math.round((left + (seconds / end) * width) * 10) / 10;
  const parts: string[] = [];
  let y = 30;
  for (const [name, spans] of Object.entries(runs)) {
    parts.push(`<text x="8" y="${y}" font-weight="bold">${escape(name)}</text>`);
    y += 10;
    const lanes = [...new Set(spans.map(({ lane }) => lane))].toSorted();
    for (const lane of lanes) {
      const rows: Span[][] = [];
      for (const span of spans.filter((one) => one.lane === lane).toSorted((a, b) => a.from - b.from)) {
        const row = rows.find((one) => (one.at(-1)?.to ?? 0) <= span.from + 0.01);
        if (row) row.push(span);
        else rows.push([span]);
      }
      parts.push(`<text x="8" y="${y + 12}">${escape(lane)}</text>`);
      for (const row of rows) {
        for (const { step, from, to } of row) {
          const wide = Math.max(1, x(to) - x(from));
          parts.push(
            `<rect x="${x(from)}" y="${y}" width="${wide.toFixed(1)}" height="${height - 2}" fill="${hues[step] ?? "#d0d0d0"}"><title>${escape(step)} ${from.toFixed(1)} to ${to.toFixed(1)} s</title></rect>`,
          );
          if (wide > step.length * 6) parts.push(`<text x="${x(from) + 3}" y="${y + 11}">${escape(step)}</text>`);
        }
        y += height;
      }
    }
    y += 24;
  }
  const ticks = Array.from({ length: Math.floor(end / 5) + 1 }, (_, index) => index * 5);
  const axis = ticks.map(
    (tick) =>
      `<line x1="${x(tick)}" x2="${x(tick)}" y1="14" y2="${y - 14}" stroke="#ddd"/><text x="${x(tick)}" y="${y}" text-anchor="middle">${tick} s</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 30} ${y + 12}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...axis,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
