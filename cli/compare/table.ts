import { called, type Comparison, onWire, ways } from "../../evidence/comparison.ts";
import { comparison as words, countedRows, measuredRows, remarks, type Row } from "../../report/comparison-words.ts";
import { headersOf } from "../../report/packet.ts";
import { columns, paint, wrap } from "../view/say.ts";

/** A comparison for people: a column for each backend. Pure, but for colour. */
export function renderComparison(comparison: Comparison): string[] {
  const { measured } = comparison;
  const names = measured.map(called);
  const table = (title: string, rows: readonly Row[]): string[] => [
    paint("bold", title),
    ...columns([
      ["", ...names, rows.some(({ noise }) => noise !== "") ? words.noise.en : ""],
      ...rows.map(({ label, cells, noise }) => [label.en, ...cells, noise]),
    ]).map((line) => `  ${line}`),
    "",
  ];
  return [
    "",
    ...table(words.packets.en, countedRows(comparison)),
    ...columns(
      measured.flatMap((one) => {
        const hop = onWire(one);
        return hop === undefined
          ? []
          : [
              [
                called(one),
                headersOf(hop)
                  .map(({ name, bytes }) => `${name} ${bytes}`)
                  .join(", "),
              ],
            ];
      }),
    ).map((line) => `  ${line}`),
    "",
    ...ways.flatMap((way) => table(words[way].en, measuredRows(comparison, way))),
    ...remarks(comparison).flatMap(({ en }) => wrap(en, 100)),
  ];
}
