/** By which everything of a lab is found in the account, whatever has become of its state: aws ec2 describe-instances --filters Name=tag-key,Values=KEY */
export const stackTag = "pod-networking-lab.stack";

/** Tags of one thing: what it is called in the console, and whose it is. */
export function tags(stack: string, name: string): Record<string, string> {
  return { Name: `podnet-${stack}-${name}`, [stackTag]: stack };
}
