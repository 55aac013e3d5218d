import type { Text } from "../language.ts";
import type { SomeWords } from "./words.ts";

const policies: Text = {
  en: "kubectl describe networkpolicy --all-namespaces, and iptables -L KUBE-ROUTER-FORWARD -n on the node of the pod that is called",
  zh: "kubectl describe networkpolicy --all-namespaces，以及被访问的 Pod 所在节点上的 iptables -L KUBE-ROUTER-FORWARD -n",
};

/** What is said of network policies. */
export const policyWords = {
  "policy-ignored": {
    en: ({ pod }) => `with flannel alone ${pod} reached every pod, whatever the policies said`,
    zh: ({ pod }) => `只有 flannel 时，无论策略怎么写，${pod} 都能访问每个 Pod`,
    look: policies,
  },
  "policy-matrix": {
    en: ({ pod }) => `${pod} reaches exactly what the policies let it reach`,
    zh: ({ pod }) => `${pod} 能访问的，恰好是策略允许它访问的`,
    look: policies,
  },
  "policy-rule": {
    en: ({ pod, node }) => `what ${pod} was not to get was turned away by a rule of its own on ${node}`,
    zh: ({ pod, node }) => `${pod} 不该收到的包，由 ${node} 上专门针对它的一条规则拒绝`,
    look: {
      en: "iptables-save --counters --table filter | grep 'POD name:' on the node",
      zh: "节点上的 iptables-save --counters --table filter | grep 'POD name:'",
    },
  },
} satisfies SomeWords;
