import test from "ava";
import { choiceOf } from "../../cli/stack/artifacts.ts";

const projectText =
  "config:\n  kubernetesVersion: { default: 1.37.2 }\n  artifacts: { default: auto }\n  mirrors: { default: {} }\n";

test("before Pulumi runs, ./lab reads these keys as the program does: the stack's over the project's", (t) => {
  t.deepEqual(choiceOf(projectText, ""), { way: "auto", mirrors: {}, kubernetes: "1.37.2" });
  const stackText = [
    "config:",
    "  pod-networking-lab:artifacts: release",
    "  pod-networking-lab:kubernetesVersion: 1.36.1",
    "  pod-networking-lab:mirrors:",
    "    downloads: https://mirror.example",
    "    registries:",
    "      docker.io: https://hub.example",
  ].join("\n");
  t.deepEqual(choiceOf(projectText, stackText), {
    way: "release",
    mirrors: { downloads: "https://mirror.example", registries: { "docker.io": "https://hub.example" } },
    kubernetes: "1.36.1",
  });
});

test("what is wrong with them is named before anything is built", (t) => {
  const stackText =
    "config:\n  pod-networking-lab:artifacts: all\n  pod-networking-lab:mirrors: https://mirror.example\n";
  const error = t.throws(() => choiceOf(projectText, stackText));
  t.regex(error.message, /^mirrors "https:\/\/mirror.example" is not a map.*\nartifacts "all" is not known/);
});
