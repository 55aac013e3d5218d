/**
 * When a resource fails, the engine ends while components have still to send it their outputs. @pulumi/pulumi means such a call to end without a word
 * (runtime/resource.js: "Don't emit an error"), and then passes its failure on to nobody, whom Node.js calls an unhandled rejection: a stack trace for each
 * component, between the progress and the cause, which the engine tells by itself.
 */

/** gRPC's numbers: a call that was cut off, and one whose other end is gone. */
const [cancelled, unavailable] = [1, 14];

/**
 * What the SDK calls every failure of those two. The words that came with it tell whose failure it was: the engine's own end, or a plugin's, of which an
 * invoke can fail in the same way ("invocation of ... returned an error"), and which is told by nobody else.
 */
const terminating = "Resource monitor is terminating";
const ofTheEnd =
  /^(resource monitor shut down|No connection established|Connection dropped|Channel closed before call started|Stream refused by server|Call cancelled)/;
/** What a call fails with that was about to begin when the SDK hung up, and has no number. */
const hungUp = "Channel has been shut down";

/** Whether a failure says no more than that the engine has ended. Pure. */
export function onlySaysTheEnd(reason: unknown): boolean {
  if (!(reason instanceof Error)) return false;
  const { message, code, details } = reason as Error & { readonly code?: unknown; readonly details?: unknown };
  if (message === hungUp) return true;
  return (code === cancelled || code === unavailable) && message === terminating && ofTheEnd.test(String(details));
}

/** The SDK's exit code for a program whose failure was told: the language host says no more of it. */
const told = 32;

/** From now on whoever reports unhandled rejections does not hear of those; the program fails by them all the same. */
export function quietAfterTheEnd(): void {
  const reporters = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason, promise) => {
    if (onlySaysTheEnd(reason)) process.exitCode = told;
    else for (const report of reporters) report.call(process, reason, promise);
  });
}
