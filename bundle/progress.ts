import { type Artifact, idOf, inOrder, type Note } from "./artifact.ts";
import { elapsed, estimate, type PlannedStep, planText } from "./estimate.ts";
import { expected, readMeasurements } from "./measured.ts";
import { cacheRoot, type Store } from "./store.ts";

/** The artifacts that would have to be built, in the order in which they would be. */
export function missing(store: Store, artifacts: readonly Artifact[]): Artifact[] {
  const wanted = new Set<Artifact>();
  const visit = (artifact: Artifact): void => {
    if (store.has(artifact) || wanted.has(artifact)) return;
    artifact.needs.forEach(visit); // what stands needs nothing any more
    wanted.add(artifact);
  };
  inOrder(artifacts)
    .filter((artifact) => artifacts.includes(artifact))
    .forEach(visit);
  return [...wanted];
}

/** What this process has said that it will make. */
const announced = new Set<string>();

/** With the seconds that each will take, as far as this machine has shown. */
export function planned(artifacts: readonly Artifact[], root = cacheRoot()): PlannedStep[] {
  const measurements = readMeasurements(root);
  return artifacts.map((artifact) => {
    const { seconds, learned } = expected(artifact, measurements);
    return { name: artifact.name, about: seconds, learned };
  });
}

/** Says beforehand what will be made and about how long it takes, once however often it is asked. On stderr: stdout is the caller's. */
export function announce(what: string, todo: readonly Artifact[], root = cacheRoot()): void {
  const news = todo.filter((artifact) => !announced.has(idOf(artifact)));
  if (news.length > 0) process.stderr.write(`${planText(what, planned(news, root))}\n`);
  for (const artifact of news) announced.add(idOf(artifact));
}

/**
 * Makes what is missing, saying beforehand what and how long, and then where it stands. The first failure ends all that is being made.
 * @param together how many are made at the same time
 */
export async function ensureAll(
  store: Store,
  what: string,
  artifacts: readonly Artifact[],
  together = atOnce(),
): Promise<void> {
  const todo = missing(store, artifacts);
  for (const artifact of artifacts) store.markUsed(artifact);
  if (todo.length === 0) return;
  announce(what, todo, store.root);
  const plan = planned(todo, store.root);
  const titles = plan.map(
    ({ name, about }, index) => `[${index + 1}/${plan.length}] ${name} (about ${estimate(about)})`,
  );
  const stop = new AbortController();
  const started = new Map<string, Promise<unknown>>();
  const make = async (artifact: Artifact, note: Note): Promise<void> => {
    for (const needed of artifact.needs) await started.get(idOf(needed)); // begun before: it stands earlier in the plan
    stop.signal.throwIfAborted();
    await store.ensure(artifact, note, stop.signal);
  };
  const steps = todo.map((artifact, index) => ({
    title: titles[index] ?? artifact.name,
    build: (note: Note) => {
      const work = make(artifact, note);
      started.set(idOf(artifact), work);
      return work;
    },
  }));
  try {
    await (process.stderr.isTTY ? runOnTerminal(steps, together) : runAsLines(steps, together));
  } catch (error) {
    stop.abort();
    await Promise.allSettled(started.values());
    throw error;
  }
}

/**
 * So many are made at the same time: while one waits for the network, or has one processor link a program, the other goes on. One of
 * Kubernetes' programs takes a gigabyte to link, so a machine with little memory makes one after the other.
 */
export const atOnce = (available = process.availableMemory()): number => (available >= 6 * 2 ** 30 ? 2 : 1);

interface Step {
  readonly title: string;
  readonly build: (note: Note) => Promise<unknown>;
}

async function runAsLines(steps: readonly Step[], together: number): Promise<void> {
  const start = Date.now();
  const queue = steps.values();
  const work = async (): Promise<void> => {
    for (const step of queue) await runAsLine(step, start); // each takes from the one queue what is next in it
  };
  await Promise.all(Array.from({ length: together }, work));
}

async function runAsLine({ title, build }: Step, start: number): Promise<void> {
  const begun = Date.now();
  const say = (text: string): void => {
    process.stderr.write(`${title}: ${text}, ${elapsed(Date.now() - start)} in all\n`);
  };
  let doing = "starting";
  const note: Note = (text, often = false) => {
    doing = text;
    if (!often) say(text);
  };
  note(doing);
  // A log that stands still for minutes looks like a program that hangs.
  const heartbeat = setInterval(() => say(`still ${doing}`), 30_000);
  await build(note).finally(() => clearInterval(heartbeat));
  say(`done in ${elapsed(Date.now() - begun)}`);
}

async function runOnTerminal(steps: readonly Step[], together: number): Promise<void> {
  const { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } = await import("listr2");
  const tasks = new Listr(
    steps.map(({ title, build }) => ({
      title,
      task: (_, task) => {
        const begun = Date.now();
        let doing = "starting";
        const show = (): void => {
          task.output = `${doing}, ${elapsed(Date.now() - begun)}`;
        };
        const clock = setInterval(show, 1000);
        return build((what) => {
          doing = what;
          show();
        }).finally(() => clearInterval(clock));
      },
    })),
    {
      concurrent: together,
      rendererOptions: {
        timer: PRESET_TIMER,
        collapseErrors: false,
        showErrorMessage: false,
        logger: new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) }),
      },
    },
  );
  await tasks.run();
}
