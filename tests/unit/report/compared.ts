// A comparison with round numbers, and packets of real labs: of VXLAN from the report's outputs, of host-gw from the transcripts of the backends.
import { backendOf, type BackendName } from "../../../evidence/backends.ts";
import type { Comparison, Measured, Round } from "../../../evidence/comparison.ts";
import { type Hop, joinJourney } from "../../../evidence/journey/journey.ts";
import { ping } from "../../../evidence/judge/journey.ts";
import { assets } from "../../../cli/verbs/report.ts";
import { renderComparisonPage } from "../../../report/comparison.ts";
import { readCarried } from "../evidence/backends.ts";
import { readOutputs } from "./lab.ts";

export const round = (more: Partial<Round> = {}): Round => ({
  median: 100,
  late: 200,
  tcp: 8e9,
  udp: 2e9,
  udpLost: 12,
  tcpWork: 0.4,
  udpWork: 1.1,
  ...more,
});

function journeyOf(backend: BackendName): readonly Hop[] {
  if (backend === "vxlan") return readOutputs().scenarios["pod-to-pod-multi-node"]?.journey ?? [];
  const { facts, reports } = readCarried(backend);
  const carriage = { backend: backendOf(backend), nodes: facts.nodes };
  return joinJourney(ping(facts.mark), reports["captured-sender"]!, reports["captured-receiver"], carriage);
}

export const measured = (backend: BackendName, rounds: readonly Round[]): Measured => ({
  backend,
  claims: { held: 140, all: 140 },
  mtu: 1500 - backendOf(backend).reserved,
  journey: journeyOf(backend),
  rounds: { near: rounds, across: rounds },
});

export const compared = (
  all: readonly Measured[] = [
    measured("vxlan", [round(), round({ median: 110 }), round({ median: 95 })]),
    measured("host-gw", [round({ tcp: 12e9 }), round({ tcp: 12e9 }), round({ tcp: 12.2e9 })]),
  ],
): Comparison => ({
  lab: "test",
  at: "2026-11-28T15:00:00.000Z",
  machines: { nodes: 2, kernels: 1, release: "6.18.44", processors: 2 },
  measured: all,
});

export const renderCompared = (all?: readonly Measured[]): string =>
  renderComparisonPage(compared(all), { stack: "test", ...assets() });
