/** What a machine is for in the cluster. */
export type Role = "control-plane" | "worker";
