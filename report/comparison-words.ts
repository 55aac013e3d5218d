import {
  type Comparison,
  type Figure,
  figureOf,
  figures,
  largest,
  type Measured,
  noiseOf,
  onWire,
  type Way,
} from "../evidence/comparison.ts";
import type { Text } from "./language.ts";
import { frameLength } from "./packet.ts";

/** Headings, labels and remarks of a comparison, for the terminal and for the page. */
export const comparison = {
  title: { en: "flannel's backends, side by side", zh: "flannel 各后端并排比较" },
  lead: {
    en: "One lab, the same machines and pods, one backend after the other; each time every claim about the lab was checked before anything was measured.",
    zh: "同一个实验环境、同样的机器和 Pod，依次换用各个后端；每次都先检查关于这个环境的全部结论，再测量。",
  },
  packets: { en: "One packet between pods of two nodes", zh: "两个节点的 Pod 之间的一个包" },
  packetsLead: {
    en: "Its way there, and below it what is on the wire, all drawn to one scale: coloured is what the backend has put around the pod's packet.",
    zh: "上面是它去程的路，下面是链路上的样子，都按同一比例绘制：有颜色的部分，是后端加在 Pod 的包外面的。",
  },
  noJourney: { en: "No packet was followed.", zh: "没有跟踪到数据包。" },
  measured: { en: "What was measured", zh: "测得的结果" },
  near: { en: "Two pods on one node", zh: "同一节点上的两个 Pod" },
  across: { en: "Pods on two nodes", zh: "两个节点上的 Pod" },
  noise: { en: "noise", zh: "噪声" },
  rounds: { en: "Each round by itself", zh: "每一轮的数值" },
  round: { en: "round", zh: "轮" },
  again: { en: "once more", zh: "再测一次" },
  how: { en: "How it was measured", zh: "怎样测量" },
  byHand: { en: "To run it again", zh: "再运行一次" },
} satisfies Record<string, Text>;

export const figureWords: Readonly<Record<Figure, Text>> = {
  median: { en: "round trip, median of 1,000 pings", zh: "往返时间，一千次 ping 的中位数" },
  late: { en: "round trip, 99 of 100 within", zh: "往返时间，99% 不超过" },
  tcp: { en: "TCP", zh: "TCP" },
  udp: { en: "UDP, what arrived", zh: "UDP，到达的" },
  udpLost: { en: "UDP, lost of what was sent", zh: "UDP，发出后丢失的" },
  tcpWork: { en: "CPU for a gigabit, TCP", zh: "每 Gbit 占用的 CPU，TCP" },
  udpWork: { en: "CPU for a gigabit, UDP", zh: "每 Gbit 占用的 CPU，UDP" },
};

/** A number with its unit: that is the same in every language. */
export function inUnits(figure: Figure, value: number): string {
  switch (figure) {
    case "median":
    case "late":
      return value < 10_000 ? `${Math.round(value)} µs` : `${(value / 1000).toPrecision(3)} ms`;
    case "tcp":
    case "udp":
      return value >= 1e9 ? `${(value / 1e9).toFixed(2)} Gbit/s` : `${Math.round(value / 1e6)} Mbit/s`;
    case "udpLost":
      return `${value.toFixed(value < 10 ? 1 : 0)} %`;
    case "tcpWork":
    case "udpWork":
      return `${value.toFixed(2)} s`;
    default: {
      const unknown: never = figure;
      throw new Error(`no such figure: ${String(unknown)}`);
    }
  }
}

/** A line of the table: one cell for each backend. */
export interface Row {
  readonly label: Text;
  readonly cells: readonly string[];
  /** What the cells are drawn by. @default they are not drawn */
  readonly values?: readonly number[];
  /** How far apart the same thing measured twice is; the empty text where nothing is measured. */
  readonly noise: string;
}

/** What follows from the backend and is counted, not measured. */
export function countedRows({ measured }: Comparison): readonly Row[] {
  const row = (label: Text, cell: (one: Measured) => string): Row => ({ label, cells: measured.map(cell), noise: "" });
  return [
    row({ en: "claims that hold", zh: "成立的结论" }, ({ claims: { held, all } }) => `${held} / ${all}`),
    row({ en: "hops, there and back", zh: "往返的跳数" }, ({ journey }) => String(journey.length)),
    row({ en: "headers around the pod's packet, bytes", zh: "Pod 的包外面的头，字节" }, (one) => {
      const hop = onWire(one);
      return hop === undefined ? "–" : String(frameLength(hop) - hop.length);
    }),
    row({ en: "a pod's MTU, bytes", zh: "Pod 的 MTU，字节" }, ({ mtu }) => String(mtu)),
  ];
}

export function measuredRows(compared: Comparison, way: Way): readonly Row[] {
  return figures.map((figure): Row => {
    const values = compared.measured.map((one) => figureOf(one, way, figure));
    return {
      label: figureWords[figure],
      cells: values.map((value) => inUnits(figure, value)),
      values,
      noise: `± ${Math.round(50 * largest(noiseOf(compared, way, figure)))} %`,
    };
  });
}

/** What must be known to read the numbers, one sentence each. */
export function remarks({ machines, measured, again }: Comparison): readonly Text[] {
  const { nodes, kernels, release, processors } = machines;
  const rounds = measured[0]?.rounds.across.length ?? 0;
  const twice = again?.backend;
  return [
    {
      en: `Noise is what the machine makes of it: half of how far apart ${rounds === 1 ? "the same" : `${rounds} rounds of one backend`}${twice === undefined ? "" : rounds === 1 ? ` backend, ${twice}, was at the beginning and at the end` : `, or ${twice} at the beginning and at the end,`} ${rounds === 1 ? "" : "were at most"}. A smaller difference between two backends says nothing.`.replaceAll(
        /\s+([.,])/g,
        "$1",
      ),
      zh: `噪声是机器本身造成的：${rounds === 1 ? "" : `同一后端的 ${rounds} 轮之间`}${twice === undefined ? "" : `${rounds === 1 ? "" : "，或 "}${twice} 在开始和结束时两次测量之间`}最大差距的一半。两个后端相差比它小，就不能说明什么。`,
    },
    kernels < nodes
      ? {
          en: `The nodes are containers and share one kernel (Linux ${release}, ${processors} processors): no packet leaves this machine, and what differs is the work of the kernel, and of flanneld where it carries packets itself.`,
          zh: `各节点是容器，共用一个内核（Linux ${release}，${processors} 个处理器）：没有包离开这台机器，差别只在于内核的工作，以及 flanneld 自己传输包时的工作。`,
        }
      : {
          en: `Each node has a kernel of its own (Linux ${release}, ${processors} processors).`,
          zh: `每个节点有自己的内核（Linux ${release}，${processors} 个处理器）。`,
        },
    {
      en: "CPU is what the nodes' own control groups count while the stream runs, sender and receiver together, less what they do anyway in as long a time.",
      zh: "CPU 是数据流运行期间各节点自己的 cgroup 计入的时间，收发两端相加，再减去同样长的时间里它们平时的占用。",
    },
  ];
}

/** The way across nodes, in a few words. */
export function inWords(one: Measured): string {
  const across = (figure: Figure): string => inUnits(figure, figureOf(one, "across", figure));
  return `across nodes ${across("median")} there and back, TCP ${across("tcp")}, UDP ${across("udp")}`;
}
