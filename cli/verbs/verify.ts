import { up } from "./up.ts";
import { askAgain } from "../stack/verify-moment.ts";

/** `./lab verify`: an `up` in which every check runs again, because its config says another moment. */
export async function verify(stack: string): Promise<number> {
  askAgain(stack);
  return await up(stack);
}
