// Lines of a running command, shown live by the engine next to the resource that runs it.
import { engineClient, engineProtocol, grpc, type EnginePb, type Grpc } from "./protocol.ts";

export type Severity = "debug" | "info" | "warning" | "error";

export interface Log {
  /** @param lasting kept among the diagnostics; otherwise a status line, replaced by the next one */
  write(severity: Severity, message: string, options?: { readonly lasting?: boolean }): void;
  /** Resolves when the engine has taken every line. */
  flush(): Promise<void>;
}

let client:
  { log: (request: EnginePb.LogRequest, callback: (error: Grpc.ServiceError | null) => void) => void } | undefined;

export function engineLog(engineAddress: string | undefined, urn: string): Log {
  let sent = Promise.resolve();
  return {
    write(severity, message, { lasting = false } = {}) {
      if (!engineAddress) return;
      // One at a time: the engine handles concurrent calls in any order.
      sent = sent.then(() => send(engineAddress, urn, severity, message, lasting));
    },
    flush: () => sent,
  };
}

function send(address: string, urn: string, severity: Severity, message: string, lasting: boolean): Promise<void> {
  const { LogRequest, LogSeverity } = engineProtocol();
  client ??= new (engineClient())(address, grpc.credentials.createInsecure(), {
    "grpc.max_send_message_length": -1,
  }) as unknown as NonNullable<typeof client>;
  const request = new LogRequest();
  request.setSeverity(
    {
      debug: LogSeverity.DEBUG,
      info: LogSeverity.INFO,
      warning: LogSeverity.WARNING,
      error: LogSeverity.ERROR,
    }[severity],
  );
  request.setMessage(message);
  request.setUrn(urn);
  request.setEphemeral(!lasting);
  // A lost line is not worth a failed command.
  return new Promise((resolve) => client!.log(request, () => resolve()));
}
