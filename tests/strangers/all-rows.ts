/** Every row, in the order of the table. */
import { hereRows } from "./here-rows.ts";
import { machineRows } from "./machine-rows.ts";
import type { Placed, Words } from "./row.ts";

export const here: Words = ["this machine, root", "本机，root"];

export const allRows: readonly Placed[] = [
  ...hereRows.map((row) => ({ row, where: here })),
  ...machineRows.flatMap(({ root, rows }) => rows.map((row) => ({ row, where: root.title }))),
];
