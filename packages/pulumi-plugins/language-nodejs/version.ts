export { hostVersion as version } from "../versions.ts";
