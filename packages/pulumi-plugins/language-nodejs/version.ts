/** The @pulumi/pulumi whose protocol and runner this host is written for. */
export const version = "3.270.0";
