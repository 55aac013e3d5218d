/** Other places to take from, for users behind a firewall. Each keeps the layout of what it stands for. */
export interface Mirrors {
  /** Base URL for downloads: what is at https://HOST/PATH is there at BASE/HOST/PATH. */
  readonly downloads?: string;
  /** Base URL for a registry's images, by the registry's name in a reference, such as docker.io. */
  readonly registries?: Readonly<Record<string, string>>;
  /** Base URL below which `debian`, `debian-security` and `ubuntu` stand. */
  readonly apt?: string;
  /** Value of GOPROXY. */
  readonly goproxy?: string;
}

/** Registries that the lab takes images from. */
export const registries = ["registry.k8s.io", "ghcr.io", "docker.io"] as const;

/** One that only a lesson's images come from: nothing else asks whether it can be reached. */
export const lessonRegistries = ["quay.io"] as const;

/** Where a download is to be had. */
export function downloadUrl(url: string, { downloads }: Mirrors): string {
  return downloads === undefined ? url : `${trimmed(downloads)}/${url.replace(/^https:\/\//, "")}`;
}

/** Where an image is to be had: a reference as registry clients read it, and whether without TLS. */
export function imageSource(ref: string, mirrors: Mirrors): { readonly ref: string; readonly plainHttp: boolean } {
  const host = ref.slice(0, ref.indexOf("/"));
  const base = mirrors.registries?.[host];
  if (base === undefined) return { ref, plainHttp: false };
  const url = new URL(base);
  return {
    ref: `${url.host}${trimmed(url.pathname)}/${ref.slice(host.length + 1)}`,
    plainHttp: url.protocol === "http:",
  };
}

/** The registry's own API, where images with this name are asked for. */
export function registryApi(host: string, mirrors: Mirrors): string {
  const base = mirrors.registries?.[host];
  // Docker Hub answers under another name than the one in its references.
  if (base === undefined) return `https://${host === "docker.io" ? "registry-1.docker.io" : host}/v2/`;
  return `${new URL(base).origin}/v2/`;
}

/** apt's sources for a release of Debian, one a line; the archive's own signature is checked whichever mirror it comes from. */
export function debianSources(suite: string, { apt }: Mirrors): string[] {
  if (apt === undefined) return [];
  const base = trimmed(apt);
  const signed = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
  return [
    `deb ${signed} ${base}/debian ${suite} main`,
    `deb ${signed} ${base}/debian ${suite}-updates main`,
    `deb ${signed} ${base}/debian-security ${suite}-security main`,
  ];
}

function trimmed(base: string): string {
  return base.replace(/\/+$/, "");
}
