// Proves that a lesson's image is made for the processor of each machine, and brought to it as the user who logs in there. It builds and pulls nothing.
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import { defaultChoice } from "../../bundle/choice.ts";
import { lessonImageRefs } from "../../bundle/versions.ts";
import { threeMachines } from "./lab-machines.ts";
import { recorded, useMocks, valueOf } from "./mocks.ts";

await useMocks(({ name, inputs }) => {
  const { environment } = inputs as { environment?: { ARCH?: string } };
  return { stdout: name.includes("-made") ? `/cache/${environment?.ARCH ?? "none"}.tar` : "" };
});
const { LessonImages } = await import("../../components/lessons/lesson-image.ts");

// As hosts are: each with a processor of its own, entered by a user who is not root.
const hosts = threeMachines().map((machine, index) => ({
  ...machine,
  arch: pulumi.output(index === 0 ? ("amd64" as const) : ("arm64" as const)),
  shell: { ...machine.shell, user: "debian" },
}));
const images = new LessonImages(
  "image",
  { image: "redis", machines: hosts, artifacts: { ...defaultChoice, way: "release" } },
  {},
);
await valueOf(images.ref);
const inputs = <T>(name: string): T => recorded.get(name)?.inputs as T;

test("each host gets an image for its own processor, by the way that the config says", (t) => {
  for (const [index, { name }] of hosts.entries()) {
    const { create, environment } = inputs<{ create: string; environment: Record<string, string> }>(
      `image-made-${name}`,
    );
    t.is(create, "node bundle/lesson-image.ts redis");
    t.like(environment, { ARCH: index === 0 ? "amd64" : "arm64", ARTIFACTS: "release" });
  }
});

test("it is copied by the user who logs in, to where anybody may write, and taken in as root afterwards", (t) => {
  for (const { name } of hosts) {
    const copy = inputs<{ remotePath: string; connection: object }>(`image-copy-${name}`);
    t.is(copy.remotePath, "/tmp/podnet-redis.tar");
    t.regex(JSON.stringify(copy.connection), /"user":"debian"/);
    t.true(recorded.get(`image-copy-${name}`)!.index < recorded.get(`image-import-${name}`)!.index);
    t.regex(inputs<{ create: string }>(`image-import-${name}`).create, /^exec sudo -n bash /);
  }
});

test("the image goes from each machine with the lesson", (t) => {
  for (const { name } of hosts) {
    const { delete: undo } = inputs<{ delete: string }>(`image-import-${name}`);
    t.regex(undo, /^sudo -n bash -c /);
    t.regex(undo, /images remove "\$IMAGE"/);
    t.true(undo.includes(lessonImageRefs.redis));
  }
});
