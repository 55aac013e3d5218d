// Proves how the soak tells from its table whether a program goes on to grow. It does not prove that none does: tests/life/soak.test.ts looks.
import test from "ava";
import { growth, slopeOf } from "../life/memory.ts";

test("a slope is that of the line nearest to the points", (t) => {
  t.is(
    slopeOf([
      [0, 1],
      [1, 3],
      [2, 5],
    ]),
    2,
  );
  t.is(
    slopeOf([
      [0, 1],
      [1, 2],
      [2, 1],
    ]),
    0,
  );
});

test("what fills its caches and then stays does not grow; what goes on does, by so much an hour", (t) => {
  const lines = Array.from({ length: 21 }, (_, index) => {
    const minute = index * 2;
    return [minute, Math.min(50, 30 + minute), 100 + minute / 2].join("\t");
  });
  t.deepEqual(growth(["minute\tetcd\tleaks", ...lines].join("\n")), { etcd: 0, leaks: 30 });
});
