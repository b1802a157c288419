import { z } from 'zod'

/** A Kubernetes object, of which anything but its name may be wrong. */
export const kubernetesObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.unknown().optional(),
})
export type KubernetesObject = z.infer<typeof kubernetesObject>

const count = z.int().min(0)
const policies = z
  .array(
    z.strictObject({
      type: z.enum(['Pods', 'Percent']),
      value: z.int().min(1),
      periodSeconds: z.int().min(1).max(1800),
    }),
  )
  .min(1)
const rules = z.strictObject({
  stabilizationWindowSeconds: z.int().min(0).max(3600).optional(),
  selectPolicy: z.enum(['Max', 'Min', 'Disabled']).optional(),
  policies,
})

/** KEDA's ScaledObject, as far as the chart uses it: https://keda.sh/docs/latest/reference/scaledobject-spec/ */
const scaledObjectSpec = z.strictObject({
  scaleTargetRef: z.strictObject({ name: z.string() }),
  pollingInterval: z.int().min(1),
  minReplicaCount: count,
  maxReplicaCount: z.int().min(1),
  fallback: z.strictObject({ failureThreshold: z.int().min(1), replicas: count }).optional(),
  advanced: z.strictObject({
    horizontalPodAutoscalerConfig: z.strictObject({
      behavior: z.strictObject({ scaleUp: rules, scaleDown: rules }),
    }),
  }),
  // https://keda.sh/docs/latest/scalers/prometheus/: what is in metadata is text.
  triggers: z
    .array(
      z.strictObject({
        type: z.literal('prometheus'),
        name: z.string(),
        metricType: z.enum(['AverageValue', 'Value']),
        metadata: z.strictObject({
          serverAddress: z.url({ protocol: /^https?$/ }),
          query: z.string(),
          threshold: z.string().regex(/^[1-9]\d*$/),
          ignoreNullValues: z.enum(['true', 'false']),
        }),
      }),
    )
    .min(1),
})

/** https://prometheus-operator.dev/docs/api-reference/api/ */
const podMonitorSpec = z.strictObject({
  selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
  podTargetLabels: z.array(z.string()),
  podMetricsEndpoints: z
    .array(z.strictObject({ port: z.string(), path: z.string(), interval: z.string(), scrapeTimeout: z.string() }))
    .min(1),
})

const ruleSpec = z.strictObject({
  groups: z
    .array(
      z.strictObject({
        name: z.string(),
        rules: z
          .array(
            z.strictObject({
              alert: z.string().regex(/^Carillon\w+$/),
              expr: z.string().min(1),
              for: z.string().regex(/^\d+[smh]$/),
              labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
              annotations: z.strictObject({ summary: z.string(), runbook_url: z.url() }),
            }),
          )
          .min(1),
      }),
    )
    .min(1),
})

const ofOthers = { ScaledObject: scaledObjectSpec, PodMonitor: podMonitorSpec, PrometheusRule: ruleSpec }

const workload = z.looseObject({
  replicas: z.int().optional(),
  selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()) }).optional(),
  template: z.looseObject({
    metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
    spec: z.looseObject({
      automountServiceAccountToken: z.literal(false),
      securityContext: z.looseObject({ runAsNonRoot: z.literal(true), runAsUser: z.int().min(1) }),
      containers: z
        .array(
          z.looseObject({
            securityContext: z.looseObject({
              readOnlyRootFilesystem: z.literal(true),
              allowPrivilegeEscalation: z.literal(false),
            }),
            resources: z.looseObject({
              requests: z.looseObject({ cpu: z.string(), memory: z.string() }),
              limits: z.looseObject({ memory: z.string() }),
            }),
          }),
        )
        .length(1),
    }),
  }),
})

/**
 * What is wrong with the objects that a chart made, beyond what the schemas of Kubernetes tell: the fields of kinds that are
 * not its own, pods without their locks, and references to what is not there.
 */
export function judge(objects: readonly KubernetesObject[]): readonly string[] {
  return [
    ...objects.flatMap(wrongFields),
    ...objects.flatMap((each) => lostReferences(each, objects)),
    ...repeats(objects),
  ]
}

function wrongFields(object: KubernetesObject): string[] {
  const schema = isOthers(object.kind) ? ofOthers[object.kind] : isWorkload(object) ? workload : undefined
  const issues = schema?.safeParse(object.spec).error?.issues ?? []
  return issues.map((issue) => `${nameOf(object)}: spec.${issue.path.join('.')}: ${issue.message}`)
}

const scaled = z.looseObject({
  scaleTargetRef: z.looseObject({ name: z.string() }),
  minReplicaCount: z.int().optional(),
  maxReplicaCount: z.int().optional(),
})
const selecting = z.looseObject({
  selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).optional() }).optional(),
})

function lostReferences(object: KubernetesObject, all: readonly KubernetesObject[]): string[] {
  const lost: string[] = []
  const target = scaled.safeParse(object.spec)
  if (target.success) {
    const { scaleTargetRef, minReplicaCount = 0, maxReplicaCount = 100 } = target.data
    const deployment = all.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === scaleTargetRef.name)
    if (deployment === undefined) lost.push(`there is no Deployment ${scaleTargetRef.name}`)
    else if (workload.safeParse(deployment.spec).data?.replicas !== undefined) {
      lost.push(`${scaleTargetRef.name} says its number of replicas itself: every upgrade would set it back`)
    }
    if (minReplicaCount > maxReplicaCount) lost.push('minReplicaCount is more than maxReplicaCount')
  }
  const labels = selecting.safeParse(object.spec).data?.selector?.matchLabels
  if (labels && !all.some((each) => selects(labels, each))) lost.push(`no pod has ${JSON.stringify(labels)}`)
  return lost.map((what) => `${nameOf(object)}: ${what}`)
}

function selects(labels: Readonly<Record<string, string>>, object: KubernetesObject): boolean {
  const of = isWorkload(object) ? workload.safeParse(object.spec).data?.template.metadata.labels : undefined
  return of !== undefined && Object.entries(labels).every(([key, value]) => of[key] === value)
}

function repeats(objects: readonly KubernetesObject[]): string[] {
  const names = objects.map(nameOf)
  return names.filter((name, index) => names.indexOf(name) < index).map((name) => `${name}: twice`)
}

function isOthers(kind: string): kind is keyof typeof ofOthers {
  return Object.hasOwn(ofOthers, kind)
}

function isWorkload({ kind }: KubernetesObject): boolean {
  return kind === 'Deployment' || kind === 'Job'
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.name}`
}
