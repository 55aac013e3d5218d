// Loaded before the program. Importing @pulumi/pulumi takes some 0.9 s, two thirds of which go into modules that only the
// serialization of functions uses: the TypeScript compiler, npm's arborist, and what these bring along. They are loaded here when
// they are first used, which for most programs is never.
import Module from "node:module";

type Load = (request: string, parent: { filename?: string | null } | undefined, isMain: boolean) => unknown;
const modules = Module as unknown as { _load: Load };
const load = modules._load;

const inClosures = /[\\/]@pulumi[\\/]pulumi[\\/]runtime[\\/]closure[\\/]/;
const inRunner = /[\\/]@pulumi[\\/]pulumi[\\/]cmd[\\/]run[\\/]index\.js$/;

/** Whether a module, looked at only for its marks, would say that it is an ES module; TypeScript's helpers ask. */
const deferred: Readonly<Record<string, { readonly esModule: boolean }>> = {
  "../../typescript-shim": { esModule: false },
  // As an ES module it is passed on as it is; otherwise its properties would be copied, and so be loaded.
  "@npmcli/arborist": { esModule: true },
  "normalize-package-data": { esModule: false },
};
// The runner maps each stack back to TypeScript that was compiled. Types that Node strips leave every position as it was.
const compiled = process.env.PULUMI_NODEJS_TYPESCRIPT === "true";

modules._load = function (request, parent, isMain) {
  const from = parent?.filename ?? "";
  if (Object.hasOwn(deferred, request) && inClosures.test(from)) {
    return onFirstUse(() => load(request, parent, isMain), deferred[request]!.esModule);
  }
  if (request === "source-map-support/register" && !compiled && inRunner.test(from)) return {};
  const loaded = load(request, parent, isMain);
  if (debuggable.test(request)) withoutStacks(loaded as Debuggable);
  return loaded;
};

interface Debuggable {
  debuggablePromise(this: void, promise: Promise<unknown>, context?: unknown): Promise<unknown>;
}
const debuggable = /(^|\/)debuggable$/;
const patched = new WeakSet<object>();

/**
 * The SDK keeps a stack trace for each of some ten thousand promises, to print it should one leak: a tenth of a program's time.
 * A leak is still found and named; with PULUMI_DEBUG_PROMISE_LEAKS the traces are there as well.
 */
function withoutStacks(module: Debuggable): void {
  if (process.env.PULUMI_DEBUG_PROMISE_LEAKS || patched.has(module)) return;
  patched.add(module);
  const original = module.debuggablePromise;
  module.debuggablePromise = (promise, context) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return original(promise, context);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
}

function onFirstUse(loadIt: () => unknown, esModule: boolean): unknown {
  let loaded: object | undefined;
  const real = (): object => (loaded ??= loadIt() as object);
  // A function, so that it can stand for a module that is one.
  return new Proxy(function () {}, {
    get: (_target, key): unknown => (key === "__esModule" ? esModule : Reflect.get(real(), key)),
    has: (_target, key) => Reflect.has(real(), key),
    apply: (_target, self, args: unknown[]): unknown =>
      Reflect.apply<unknown, unknown[], unknown>(real() as () => unknown, self, args),
    construct: (_target, args: unknown[]) => Reflect.construct(real() as new () => object, args) as object,
  });
}
