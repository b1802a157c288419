import { type Dice, dice } from './dice.ts'

/** What runs as processes of ours, each under the name that faults call it by. */
export const roleNames = [
  'gateway-1',
  'gateway-2',
  'fan-out',
  'dispatch-1',
  'dispatch-2',
  'relay',
  'feedback',
  'bulk',
] as const
/** Where there are two of each. */
export const secondRoleNames = ['fan-out-2', 'relay-2', 'feedback-2', 'bulk-2'] as const
export type RoleName = (typeof roleNames)[number] | (typeof secondRoleNames)[number]

export const serverNames = ['postgres', 'redis', 'nats'] as const
export type ServerName = (typeof serverNames)[number]

/** What `PUT /faults/<provider>` of the sandbox knows. */
export const providerFaults = [
  'lose_answer',
  'hang',
  'reset',
  'unavailable',
  'throttle',
  'slow',
  'stale_target',
] as const
export type ProviderFault = (typeof providerFaults)[number]

/** One in each channel, and both of push. */
const providers = ['apns', 'fcm', 'sendgrid', 'twilio'] as const

/** One fault: what befalls whom, from when on, for how long (0: it is over at once). */
export type PlannedFault = { readonly atMs: number; readonly forMs: number } & (
  | { readonly fault: 'kill'; readonly target: RoleName | ServerName | 'roles' | 'everything' }
  | { readonly fault: 'freeze'; readonly target: RoleName }
  /** Told to end, and started again. */
  | { readonly fault: 'restart'; readonly target: 'postgres' }
  | { readonly fault: 'flush'; readonly target: 'redis' }
  | { readonly fault: 'lose_disk'; readonly target: 'nats' }
  /** Connections are cut, and new ones refused until it is over. */
  | { readonly fault: 'cut'; readonly target: ServerName }
  | { readonly fault: 'disk_full'; readonly target: 'data' }
  | { readonly fault: ProviderFault; readonly target: string; readonly share: number }
)
type Fault = PlannedFault extends infer Each ? (Each extends unknown ? Omit<Each, 'atMs'> : never) : never

export interface PlanOptions {
  readonly seed: number
  /** How long there is load. */
  readonly seconds: number
}

export type Plan = (options: PlanOptions) => readonly PlannedFault[]

export const steady: Plan = () => []

/** One process at random every five seconds, and all of them every thirty. */
export const storm: Plan = ({ seed, seconds }) => {
  const random = dice(seed)
  return everyMs(5_000, seconds).map((atMs) => ({
    atMs,
    forMs: 0,
    fault: 'kill',
    target: atMs % 30_000 === 0 ? 'roles' : random.pick(roleNames),
  }))
}

/** Every provider takes one request in twenty and says nothing. */
export const lostAnswers: Plan = ({ seconds }) =>
  providers.map((target) => ({ atMs: 0, forMs: seconds * 1000, fault: 'lose_answer', target, share: 0.05 }))

/** APNs answers nothing at all through the middle half. */
export const apnsHangs: Plan = ({ seconds }) => [
  { atMs: seconds * 250, forMs: seconds * 500, fault: 'hang', target: 'apns', share: 1 },
]

/** Every kind of fault, the ones that find most first; each round goes through all of them in an order of its own. */
export const everything: Plan = ({ seed, seconds }) => {
  const random = dice(seed)
  const round = () => [...random.shuffled(telling(random)), ...random.shuffled(others(random))]
  const queue = round()
  const slotMs = Math.min(6_000, Math.max(2_000, Math.floor((seconds * 1000) / queue.length)))
  const plan: PlannedFault[] = []
  for (let atMs = slotMs; atMs < seconds * 1000; atMs += slotMs) {
    if (queue.length === 0) queue.push(...round())
    const fault = queue.shift() ?? killed('roles')
    plan.push({ ...fault, atMs: atMs - random.below(slotMs / 2) })
    if (fault.target === 'roles' || fault.target === 'everything') atMs += allUpAgainMs
  }
  return plan
}

/** What befalls a service that is not there finds nothing. */
const allUpAgainMs = 5_000

/** What a short run has time for. */
function telling(random: Dice): readonly Fault[] {
  return [
    killed(random.pick(['dispatch-1', 'dispatch-2', 'bulk'])),
    killed('everything'),
    frozen(random, random.pick(['dispatch-1', 'dispatch-2', 'bulk'])),
    killed('postgres'),
    { forMs: 0, fault: 'lose_disk', target: 'nats' },
    { forMs: 0, fault: 'flush', target: 'redis' },
    provider(random, 'lose_answer'),
    { forMs: random.between(1_500, 3_000), fault: 'cut', target: random.pick(serverNames) },
    { forMs: random.between(2_000, 4_000), fault: 'disk_full', target: 'data' },
  ]
}

function others(random: Dice): readonly Fault[] {
  return [
    killed('roles'),
    ...roleNames.map((name) => killed(name)),
    ...(['fan-out', 'relay', 'dispatch-1'] as const).map((name) => frozen(random, name)),
    ...(['redis', 'nats'] as const).map((name) => killed(name)),
    { forMs: 0, fault: 'restart', target: 'postgres' },
    ...serverNames.map((target): Fault => ({ forMs: random.between(1_000, 5_000), fault: 'cut', target })),
    ...providerFaults.map((fault) => provider(random, fault)),
  ]
}

function killed(target: RoleName | ServerName | 'roles' | 'everything'): Fault {
  return { forMs: 0, fault: 'kill', target }
}

/** For longer than a claim's lease (6 s): somebody else has taken over when it wakes up. */
function frozen(random: Dice, target: RoleName): Fault {
  return { forMs: random.between(7_000, 9_000), fault: 'freeze', target }
}

function provider(random: Dice, fault: ProviderFault): Fault {
  const share = shares[fault] * (random.between(50, 100) / 100)
  return { forMs: random.between(3_000, 6_000), fault, target: random.pick(providers), share }
}

/** Dead tokens stay dead: a few of them, or there is nobody left to reach. */
const shares: Readonly<Record<ProviderFault, number>> = {
  lose_answer: 0.4,
  hang: 1,
  reset: 0.6,
  unavailable: 1,
  throttle: 1,
  slow: 0.6,
  stale_target: 0.04,
}

/** From the first interval on, the last moment of the load left out: 5,000, 10,000, … */
function everyMs(intervalMs: number, seconds: number): readonly number[] {
  const count = Math.max(0, Math.ceil((seconds * 1000) / intervalMs) - 1)
  return Array.from({ length: count }, (_, n) => (n + 1) * intervalMs)
}

/** "12.3 s  freeze dispatch-1 for 8.1 s" */
export function told(fault: PlannedFault): string {
  const share = 'share' in fault ? ` ${Math.round(fault.share * 100)} %` : ''
  const length = fault.forMs > 0 ? ` for ${(fault.forMs / 1000).toFixed(1)} s` : ''
  return `${(fault.atMs / 1000).toFixed(1).padStart(6)} s  ${fault.fault} ${fault.target}${share}${length}`
}
