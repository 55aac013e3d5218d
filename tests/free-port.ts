import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port on loopback that nobody holds just now. It lies below those that Linux takes for outgoing connections, one of which could be made
 * before the port is used.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 20_000);
    const server = createServer();
    server.listen(port, "127.0.0.1");
    const free = await once(server, "listening").then(
      () => true,
      () => false, // taken
    );
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
