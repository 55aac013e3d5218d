import { connect } from "node:tls";
import type { Finding } from "./finding.ts";

const day = 24 * 3600 * 1000;

/**
 * Until when the API server's own certificate on this port is valid. kubeadm makes all certificates of a cluster for one year, in the same
 * minute, so it tells the age of the others too; no key is needed to see it. Undefined where nothing answers.
 */
export async function certificateEnd(port: number): Promise<Date | undefined> {
  return await new Promise((resolve) => {
    // It is only looked at: no request is sent, and none is answered.
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    const end = (date?: Date): void => {
      socket.destroy();
      resolve(date);
    };
    socket.once("secureConnect", () => end(new Date(socket.getPeerCertificate().valid_to)));
    socket.once("error", () => end());
    socket.setTimeout(2000, () => end());
  });
}

/** A row on the cluster's certificates; none where no API server answers. Pure. */
export function judgeCertificate(end: Date | undefined, now: Date, lab: string): Finding[] {
  if (end === undefined || Number.isNaN(end.getTime())) return [];
  const days = Math.floor((end.getTime() - now.getTime()) / day);
  const date = end.toISOString().slice(0, 10);
  const found = days < 0 ? `expired since ${date}` : `valid until ${date}, ${days} days more`;
  if (days >= 30) return [{ what: "certificates", verdict: "ok", found }];
  const remedy = `a cluster's certificates last a year; ./lab renew${lab} makes new ones, also of expired ones`;
  return [{ what: "certificates", verdict: days < 0 ? "you" : "note", found, remedy }];
}
