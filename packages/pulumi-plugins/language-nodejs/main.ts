// pulumi-language-nodejs: runs Node.js programs for the engine, which starts it with its own address as the last argument.
import { languageService } from "../rpc/protocol.ts";
import { serve } from "../rpc/serve.ts";
import { languageHost } from "./host.ts";
import { Children } from "./children.ts";

const engineAddress = process.argv.slice(2).findLast((argument) => !argument.startsWith("-"));
const children = new Children();

await serve({
  service: languageService(),
  handlers: languageHost(engineAddress ?? "", children),
  stop: async () => children.stop(),
});
