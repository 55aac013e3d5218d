/** Something that cannot be had from where it is to be taken, as against: is not what it should be. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
  /** What and where, in one line. */
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }

  /** The one among an error and its causes. */
  static in(error: unknown): Unavailable | undefined {
    if (error instanceof Unavailable) return error;
    return error instanceof Error ? Unavailable.in(error.cause) : undefined;
  }
}
