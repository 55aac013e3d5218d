// A download site of our own: what is under which path, and what goes wrong with it.
import { createReadStream, statSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";

export interface Site {
  readonly url: string;
  /** What is there: text, or a file's path. Without it: 404. */
  readonly pages: Map<string, Page>;
  /** Paths asked for, in order. */
  readonly asked: string[];
  readonly close: () => Promise<void>;
}

export type Page =
  | string
  | { readonly file: string }
  /** The connection ends after so many bytes of what was announced. */
  | { readonly text: string; readonly cutAfter: number }
  /** Busy so many times before it answers. */
  | { readonly text: string; busy: number }
  /** Answers for another site, as a proxy would; changes the last byte of what `spoil` fits. */
  | { readonly forward: string; readonly spoil?: RegExp };

/** @param address of this machine, for whoever else is to reach it */
export async function openSite(pages: Readonly<Record<string, Page>> = {}, address = "127.0.0.1"): Promise<Site> {
  const site = { pages: new Map(Object.entries(pages)), asked: [] as string[] };
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    site.asked.push(path);
    void answer(site.pages.get(path) ?? forwarded(site.pages, path), response);
  });
  server.listen(0, address);
  // A test that failed before it closed the site must end all the same; whoever asks the site keeps the process alive.
  server.unref();
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    ...site,
    url: `http://${address}:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A page that forwards stands for everything below it. */
function forwarded(pages: ReadonlyMap<string, Page>, path: string): Page | undefined {
  for (const [base, page] of pages) {
    if (typeof page === "object" && "forward" in page && path.startsWith(base))
      return { ...page, forward: page.forward + path.slice(base.length) };
  }
  return undefined;
}

async function answer(page: Page | undefined, response: ServerResponse): Promise<void> {
  if (page === undefined) {
    response.writeHead(404).end("nothing here\n");
  } else if (typeof page === "string") {
    response.end(page);
  } else if ("file" in page) {
    response.writeHead(200, { "content-length": statSync(page.file).size });
    createReadStream(page.file).pipe(response);
  } else if ("cutAfter" in page) {
    response.writeHead(200, { "content-length": Buffer.byteLength(page.text) });
    response.write(page.text.slice(0, page.cutAfter), () => response.destroy());
  } else if ("busy" in page) {
    if (page.busy > 0) {
      page.busy--;
      response.writeHead(503).end("busy\n");
    } else response.end(page.text);
  } else {
    const { status, body, headers } = await fetch(page.forward);
    const kept = ["content-length", "content-type", "docker-content-digest"];
    response.writeHead(
      status,
      Object.fromEntries(kept.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? ""]] : []))),
    );
    if (body === null) response.end();
    else if (page.spoil?.test(page.forward)) response.end(spoiled(Buffer.from(await new Response(body).arrayBuffer())));
    else Readable.fromWeb(body).pipe(response);
  }
}

function spoiled(content: Buffer): Buffer {
  const last = content.length - 1;
  content.writeUInt8(content.readUInt8(last) ^ 1, last);
  return content;
}
