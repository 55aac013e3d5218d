import type { SomeWords } from "./words.ts";

/** What is said of how a Service is found. */
export const discoveryWords = {
  "service-variables": {
    en: ({ pod }) => `the container of ${pod} has the variables of those Services that were there when it started`,
    zh: ({ pod }) => `${pod} 的容器里，有它启动时已经存在的那些 Service 的环境变量`,
    look: {
      en: "kubectl exec POD -- env, and kubectl get service and pod --output yaml: creationTimestamp and startedAt",
      zh: "kubectl exec POD -- env，以及 kubectl get service 和 pod --output yaml：creationTimestamp 和 startedAt",
    },
  },
  "database-by-name": {
    en: ({ from, to }) => `${from} finds ${to} by its Service's name, and the database answers`,
    zh: ({ from, to }) => `${from} 用 Service 的名字找到 ${to}，数据库有应答`,
    look: {
      en: "kubectl exec POD -- nslookup redis, and kubectl describe service redis",
      zh: "kubectl exec POD -- nslookup redis，以及 kubectl describe service redis",
    },
  },
  "name-outlives-address": {
    en: ({ service, from }) => `${service} is made anew with another address, and ${from} finds it by the same name`,
    zh: ({ service, from }) => `${service} 重建后地址变了，${from} 用同一个名字仍然找得到它`,
    look: {
      en: "kubectl get service by its name, and nslookup of the name in the pod: do both say the same address?",
      zh: "kubectl get service 看这个名字，再在 Pod 里 nslookup：两处的地址相同吗？",
    },
  },
} satisfies SomeWords;
