import type { Observations } from "../../../evidence/observation.ts";

/** The same lab where one command on one node, or on the control plane for the cluster, printed something else. */
export function changedIn<
  Evidence extends { readonly cluster: Observations; readonly reports: readonly Observations[] },
>(sound: Evidence, where: string, id: string, change: (output: string) => string): Evidence {
  const edit = (report: Observations): Observations => {
    const before = report.observations.find((one) => one.id === id);
    if (before === undefined) throw new Error(`no ${id} on ${where}`);
    const output = change(before.output);
    if (output === before.output) throw new Error(`the change of ${id} on ${where} changes nothing`);
    return { ...report, observations: report.observations.map((one) => (one === before ? { ...one, output } : one)) };
  };
  if (where === "cluster") return { ...sound, cluster: edit(sound.cluster) };
  return { ...sound, reports: sound.reports.map((report) => (report.node === where ? edit(report) : report)) };
}
