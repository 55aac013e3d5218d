// pulumi-resource-command: @pulumi/command's provider. The engine starts it with its own address as the last argument.
import { providerService } from "../rpc/protocol.ts";
import { serve } from "../rpc/serve.ts";
import { provider } from "./provider.ts";
import { Tasks } from "./task.ts";

// Meant for this process; a command that runs Node would fill the same cache.
delete process.env.NODE_COMPILE_CACHE;

// Commands get two seconds to end after a polite signal; the engine gives a plugin five.
const settleMs = 4_000;

const engineAddress = process.argv.slice(2).findLast((argument) => !argument.startsWith("-"));
const tasks = new Tasks(engineAddress);

await serve({
  service: providerService(),
  handlers: provider(tasks),
  async stop(cause) {
    if (tasks.count === 0) return;
    if (cause === "engine gone") {
      console.error(`pulumi-resource-command: the Pulumi engine is gone; stopping ${tasks.count} running command(s)`);
    }
    tasks.stop(cause === "engine gone" ? "stopped: the Pulumi engine is gone" : "cancelled");
    await tasks.settled(settleMs);
  },
});
