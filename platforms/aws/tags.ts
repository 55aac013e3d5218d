/** By which everything of a lab is found in the account, even without its state: the stack's name, which several labs may have. */
export const stackTag = "pod-networking-lab.stack";
/** The lab's own id: what carries it belongs to this lab and no other. */
export const idTag = "pod-networking-lab.id";

/** Whose a thing in the account is. */
export interface Whose<Text = string> {
  /** Name of the stack. */
  readonly stack: string;
  /** The lab's own id. */
  readonly lab: Text;
}

/** Tags of one thing: what the console calls it, and whose it is. */
export function tags<Text>({ stack, lab }: Whose<Text>, name: string): Record<string, string | Text> {
  return { Name: `podnet-${stack}-${name}`, [stackTag]: stack, [idTag]: lab };
}
