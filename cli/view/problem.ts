/** Something the user can act on: shown without a stack trace. */
export class Problem extends Error {
  /** The process ends with it: 1, or 2 when the command line was wrong, or what a child ended with. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
