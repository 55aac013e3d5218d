// Serves one gRPC service to the engine that started this process: a free loopback port, printed as the first line.
import { grpc, type Grpc } from "./protocol.ts";
import { whenEngineIsGone } from "./engine-watch.ts";

export interface PluginServer {
  readonly service: Grpc.ServiceDefinition;
  readonly handlers: Grpc.UntypedServiceImplementation;
  /** Stops whatever this plugin started. Runs once, before the process exits, whatever the cause. */
  readonly stop: (cause: "interrupted" | "engine gone") => Promise<void>;
}

export async function serve({ service, handlers, stop }: PluginServer): Promise<void> {
  const server = new grpc.Server({
    // State and outputs have no size limit of their own; gRPC's default is 4 MB.
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(service, handlers);

  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });

  let stopping = false;
  const finish = async (cause: "interrupted" | "engine gone", code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await stop(cause).catch((error: unknown) => console.error(String(error)));
    process.exit(code);
  };
  // The engine closes a plugin with SIGINT, and kills it if it is still there five seconds later.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => void finish("interrupted", 0));
  }
  whenEngineIsGone(() => void finish("engine gone", 1));

  process.stdout.write(`${port}\n`);
}

/** Turns an async function into a gRPC handler; what it throws is the error that the user reads. */
export function unary<Request, Response>(
  handle: (request: Request) => Promise<Response> | Response,
): Grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handle(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) =>
          callback({
            code: grpc.status.UNKNOWN,
            details: error instanceof Error ? error.message : String(error),
          }),
      );
  };
}
