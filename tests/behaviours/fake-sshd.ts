// An SSH server of a few lines, for what a real one cannot be made to do without changing this machine's users.
import { generateKeyPairSync } from "node:crypto";
import type { AddressInfo } from "node:net";
import ssh2 from "ssh2";
import type { AuthContext, Connection } from "ssh2";

export interface FakeSshd {
  readonly port: number;
  readonly connections: () => number;
  stop(): void;
}

export interface Behaviour {
  /** Whether a login is accepted; "asked" if it has been answered some other way. */
  readonly accepts: (login: AuthContext) => boolean | "asked";
  /** What happens instead of the first connections being served. */
  readonly drops?: number;
  /** Whether a session loses its connection once the command has started. */
  readonly breaks?: boolean;
}

const hostKey = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs1", format: "pem" })
  .toString();

export async function startFakeSshd({ accepts, drops = 0, breaks = false }: Behaviour): Promise<FakeSshd> {
  let connections = 0;
  const open = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection: Connection) => {
    connection.on("error", () => {});
    open.add(connection);
    connection.on("close", () => open.delete(connection));
    if (++connections <= drops) {
      connection.end();
      return;
    }
    connection.on("authentication", (login) => {
      const answer = accepts(login);
      if (answer === true) login.accept();
      else if (answer === false) login.reject(["password", "keyboard-interactive"]);
    });
    connection.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        channel.write(`ran ${command}\n`);
        if (breaks) {
          connection.end();
          return;
        }
        channel.exit(0);
        channel.end();
      });
    });
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)),
  );
  return {
    port,
    connections: () => connections,
    stop: () => {
      server.close();
      for (const connection of open) connection.end();
    },
  };
}
