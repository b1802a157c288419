import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { judge, type KubernetesObject } from '../deploy/judge.ts'
import { variables } from '../src/config.ts'
import { providerChannels, tiers } from '../src/domain/words.ts'
import { measureProcess, registry } from '../src/metrics.ts'
// Whatever a process measures is registered once its code is there.
import { isRole } from '../src/roles.ts'

/*
 * What the chart says of us is true. That it is what Kubernetes understands, `npm run check:deploy` tells, which needs Helm.
 */

const root = join(import.meta.dirname, '..')
const chart = join(root, 'deploy/carillon')
const values = readFileSync(join(chart, 'values.yaml'), 'utf8')
const files = globSync('{values.yaml,templates/*,files/*}', { cwd: chart }).map((file) => ({
  file,
  text: readFileSync(join(chart, file), 'utf8'),
}))

/** The top-level part of the values with this name. */
function part(name: string): string {
  return new RegExp(`^${name}:\\n((?:[ #].*\\n|\\n)*)`, 'm').exec(values)?.[1] ?? ''
}

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(([, name = '']) => name)
}

test('its variables are variables of ours, and those with secrets come from Secrets', () => {
  const known = [...Object.keys(variables.shape), 'NODE_ENV', 'LOG_LEVEL']
  const [plain, secret] = [namesIn(part('config')), namesIn(part('secrets'))]
  expect([...plain, ...secret].filter((name) => !known.includes(name))).toEqual([])
  expect(
    plain.filter((name) => /KEY(?!S_URL)|SECRET|TOKEN|PASSWORD|ACCOUNT|^(DATABASE|REDIS|NATS)_URL/.test(name)),
  ).toEqual([])
  expect(secret).toEqual(expect.arrayContaining(['DATABASE_URL', 'NATS_URL', 'CARILLON_SECRET_KEY']))
  const inTemplates = files.flatMap(({ text }) =>
    [...text.matchAll(/Values\.config\.([A-Z_]+)/g)].map(([, name]) => name),
  )
  expect(inTemplates.filter((name) => !plain.includes(name ?? ''))).toEqual([])
})

test('its roles are roles of ours, and every tier has all three that it needs', () => {
  const commands = [...values.matchAll(/^ {4}args: \[(.*)\]$/gm)].map(([, words = '']) => words.split(', '))
  expect(commands.filter(([role = '']) => !isRole(role))).toEqual([])
  for (const tier of tiers) {
    const served = commands.filter((words) => words.includes(tier)).map(([role]) => role)
    expect([tier, ...served.toSorted()]).toEqual([tier, 'dispatch', 'fan-out', 'relay'])
  }
  expect(commands.map(([role]) => role)).toEqual(expect.arrayContaining(['gateway', 'feedback']))
})

test('what it scales by, alerts on and draws is measured', () => {
  measureProcess()
  const measured = registry
    .getMetricsAsArray()
    .flatMap(({ name, type }) =>
      String(type) === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
    )
  const asked = files.flatMap(({ file, text }) =>
    [...text.matchAll(/\bcarillon_[a-z0-9_]+/g)].map(([metric]) => ({ file, metric })),
  )
  expect(asked.length).toBeGreaterThan(30)
  expect(asked.filter(({ metric }) => !measured.includes(metric))).toEqual([])
  const lanes = [...values.matchAll(/lanes: \[(.*?)\]/g)].flatMap(([, words = '']) => words.split(', '))
  expect(new Set(lanes)).toEqual(new Set(['fan-out', ...providerChannels, 'feedback']))
})

test('each alert has a runbook, and each runbook an alert', () => {
  const alerts = files.find(({ file }) => file === 'files/alerts.yaml')?.text ?? ''
  const named = [...alerts.matchAll(/runbook_url: RUNBOOKS\/(\S+)/g)].map(([, name]) => name)
  expect(named.length).toBe([...alerts.matchAll(/- alert:/g)].length)
  const written = globSync('*.md', { cwd: join(root, 'deploy/runbooks') }).filter((name) => name !== 'README.md')
  expect([...new Set(named)].toSorted()).toEqual(written.toSorted())
})

const pods = (labels: Record<string, string>): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'dispatch' },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000 },
        containers: [
          {
            securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
            resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } },
          },
        ],
      },
    },
  },
})

const policies = [{ type: 'Pods', value: 1, periodSeconds: 60 }]
const trigger = {
  type: 'prometheus',
  name: 'backlog',
  metricType: 'AverageValue',
  metadata: { serverAddress: 'http://prometheus:9090', query: 'up', threshold: '64', ignoreNullValues: 'false' },
}
const scaledObject = (change: object): KubernetesObject => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: 'dispatch' },
  spec: {
    scaleTargetRef: { name: 'dispatch' },
    pollingInterval: 5,
    minReplicaCount: 1,
    maxReplicaCount: 4,
    advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleUp: { policies }, scaleDown: { policies } } } },
    triggers: [trigger],
    ...change,
  },
})

test.each([
  ['right', {}, []],
  ['a field that KEDA does not know', { minReplicas: 1 }, ['spec.: Unrecognized key: "minReplicas"']],
  [
    'a number where KEDA wants text',
    { triggers: [{ ...trigger, metadata: { ...trigger.metadata, threshold: 64 } }] },
    ['spec.triggers.0.metadata.threshold: Invalid input'],
  ],
  ['no such target', { scaleTargetRef: { name: 'dispach' } }, ['there is no Deployment dispach']],
  ['more at least than at most', { minReplicaCount: 5 }, ['minReplicaCount is more than maxReplicaCount']],
])('a ScaledObject with %s is judged', (_what, change, mistakes) => {
  const found = judge([pods({ role: 'dispatch' }), scaledObject(change)])
  expect(found).toEqual(mistakes.map((mistake) => expect.stringContaining(`ScaledObject dispatch: ${mistake}`)))
})

test('a pod without its locks, a selector that selects nothing, and an object that is there twice are mistakes', () => {
  const open = { ...pods({ role: 'dispatch' }), spec: { template: { metadata: { labels: {} }, spec: {} } } }
  expect(judge([open]).length).toBeGreaterThan(2)
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'x' },
    spec: { selector: { matchLabels: { role: 'relay' } } },
  }
  expect(judge([pods({ role: 'dispatch' }), budget])).toEqual(['PodDisruptionBudget x: no pod has {"role":"relay"}'])
  expect(judge([pods({ role: 'dispatch' }), pods({ role: 'dispatch' })])).toEqual(['Deployment dispatch: twice'])
})
