import type { Mirrors } from "./mirrors.ts";
import { versions } from "./versions.ts";

/** What decides the parts of a bundle besides the way in which they are made. */
export type Origin = {
  /** Where to take from. */
  readonly mirrors: Mirrors;
  /** Version of Kubernetes, without a v; one that kubernetes.ts knows. */
  readonly kubernetes: string;
};

export const defaultOrigin: Origin = { mirrors: {}, kubernetes: versions.kubernetes };
