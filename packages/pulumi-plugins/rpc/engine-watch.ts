// A plugin must not outlive its engine. The engine holds the other end of the plugin's standard input, so a killed engine
// (even with -9) shows as end of input and as a new parent process.
import { fstatSync } from "node:fs";

const pollMs = 500;

export function whenEngineIsGone(then: () => void): void {
  // Started by hand, with a terminal or /dev/null as input: there is no engine to watch.
  const stdin = fstatSync(0);
  if (!stdin.isFIFO() && !stdin.isSocket()) return;

  const parent = process.ppid;
  let called = false;
  const check = (): void => {
    if (called || process.ppid === parent) return;
    called = true;
    clearInterval(timer);
    then();
  };
  // End of input alone is not proof: an engine may close the pipe and go on. A new parent is.
  process.stdin.on("end", () => setTimeout(check, 20));
  process.stdin.on("error", () => {});
  process.stdin.resume();
  const timer = setInterval(check, pollMs);
  timer.unref();
}
