import { up } from "./up.ts";

/** `./lab verify`: an `up` in which every check on the nodes runs again, because its config says another moment. */
export async function verify(stack: string): Promise<number> {
  return await up(stack, { verify: new Date().toISOString() });
}
