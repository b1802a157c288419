import { z } from 'zod'
import { type EmailFailover, emailFailovers, type SendingSettings } from './channels/email/sender.ts'
import { isSendGridKey } from './channels/email/sendgrid-webhook.ts'
import type { ProviderSettings } from './channels/providers.ts'
import type { ThresholdLimits } from './domain/fan-out-threshold.ts'
import { isTimeZone } from './domain/place.ts'
import type { PolicySettings } from './domain/policy.ts'
import type { PriceTable } from './domain/price-table.ts'
import type { UrgentTier } from './domain/shedding.ts'
import { type Channel, channels, emailProviders, type ProviderName, smsProviders } from './domain/words.ts'
import { defaultLimits, type GatewaySettings, type ViewerAuth, type WebhookSettings } from './gateway/settings.ts'
import { absentProviders, providerSettings } from './provider-settings.ts'
import type { CassandraSettings } from './store/cassandra.ts'
import type { GateSettings } from './workers/provider-gate.ts'

/** Everything that the environment says, parsed once. */
export interface Config {
  readonly databaseUrl: string
  readonly redisUrl: string | undefined
  /** undefined: it is one where several addresses are given. */
  readonly redisCluster: boolean | undefined
  readonly natsUrl: string
  readonly natsReplicas: number
  /** Only servers with all of these tags may have our streams. */
  readonly natsPlacementTags: readonly string[]
  /** Where the delivery log is; undefined: in PostgreSQL. */
  readonly cassandra: CassandraSettings | undefined
  readonly secretKey: string
  readonly port: number
  readonly host: string
  /** Where others reach the gateway, without a slash at its end: providers call back to it, mails link to it. */
  readonly publicUrl: string
  /** Where a role without a gateway tells its health; undefined: nowhere. */
  readonly healthPort: number | undefined
  readonly databaseConnections: number
  /** Of the gateway's pool for bulk: so much bulk is accepted at once. */
  readonly bulkConnections: number
  readonly gateway: Omit<GatewaySettings, 'graphiql'> & { readonly graphiql: boolean }
  readonly providers: ProviderSettings
  readonly gates: GateSettings
  readonly pacing: PacingConfig
  readonly email: SendingSettings & { readonly failover: EmailFailover }
  readonly policy: PolicySettings
  /** A delivery of the tier that waits for longer is late: marketing is paused. */
  readonly objectivesMs: Readonly<Record<UrgentTier, number>>
  /** From 0 to 1: the share of deliveries that keeps the second provider of a channel warm. */
  readonly warmShare: number
  readonly fanOut: FanOutConfig
  /** For so long a broadcast waits for followers who have not shown up. */
  readonly broadcastDays: number
  /** Reading in the inbox takes the push away from the other devices. */
  readonly pushClears: boolean
  /** Devices that have not been seen for so long are not pushed to any more; 0: they are for ever. */
  readonly deviceInactiveDays: number
  /** For so long notifications are kept once they are done, with their pages, deliveries and attempts; 0: for ever. */
  readonly retentionDays: number
  /** A file with rules of time zones, instead of the installed ones. */
  readonly timeZoneData: string | undefined
  readonly defaultApp: { readonly IOS: string; readonly ANDROID: string; readonly WEB: string }
}

/** What is for more followers than a threshold is stored once, for those who show up. */
export interface FanOutConfig extends ThresholdLimits {
  /** undefined: it is what the fan-out is seen to be able to do. */
  readonly threshold: number | undefined
}

export interface PacingConfig {
  /** Calls a second that a provider may get; one that is not in it may get any number. */
  readonly perSecond: Readonly<Partial<Record<ProviderName, number>>>
  /** Of it, what MARKETING may use: more than 0, at most 1. */
  readonly marketingShare: number
}

export type Env = Readonly<Record<string, string | undefined>>

/** Every mistake of a configuration at once, each with the name of its variable. */
export class ConfigError extends Error {
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(
      `The configuration has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n${mistakes.map((each) => `  ${each}`).join('\n')}`,
    )
    this.mistakes = mistakes
  }
}

const wholeNumber = (min: number, max: number, otherwise: number) =>
  z.coerce.number().int().min(min).max(max).default(otherwise)
const perSecond = z.coerce.number().positive().max(1_000_000).optional()
const share = (otherwise: number) => z.coerce.number().positive().max(1).default(otherwise)
const flag = z.enum(['true', 'false']).transform((word) => word === 'true')
const redisUrl = z.url({ protocol: /^rediss?$/ })
const httpUrl = z.url({ protocol: /^https?$/ })

/** "sendgrid:em1.example.com,ses:bounce.example.com": values by provider, of which there may be several. */
const byEmailProvider = z
  .string()
  .default('')
  .transform((text, context) => {
    const values: Record<string, string[]> = {}
    for (const pair of text.split(',').filter((each) => each.trim() !== '')) {
      const [, provider = '', value = ''] = /^\s*(\w+)\s*:\s*([\w.-]+?)\.?\s*$/.exec(pair) ?? []
      if (!emailProviders.some((each) => each === provider)) {
        context.addIssue(`"${pair.trim()}" must be a provider (${emailProviders.join(', ')}), a colon and a name`)
      }
      values[provider] = [...(values[provider] ?? []), value.toLowerCase()]
    }
    return values
  })

/** "EMAIL=0.0001,SMS=0.0075 EUR": what one delivery costs, by channel. */
const prices = z.string().transform((text, context): PriceTable => {
  const [, list = '', currency = ''] = /^\s*(\S+)\s+([A-Z]{3})\s*$/.exec(text) ?? []
  const perDelivery: Partial<Record<Channel, number>> = {}
  for (const pair of list.split(',')) {
    const [, name = '', price = ''] = /^([A-Z_]+)=(\d+(?:\.\d+)?)$/.exec(pair) ?? []
    const channel = channels.find((each) => each === name)
    if (channel === undefined) {
      context.addIssue('must be channels with their prices, and a currency: "EMAIL=0.0001,SMS=0.0075 EUR"')
      return z.NEVER
    }
    perDelivery[channel] = Number(price)
  }
  return { currency, perDelivery }
})

/** "10.0.0.1:9042,10.0.0.2:9042" */
const places = z.string().transform((text, context) => {
  const given = text.split(',').map((place) => place.trim())
  if (given.every((place) => /^(\[[\da-f:]+\]|[\w.-]+)(:\d{1,5})?$/i.test(place))) return given
  context.addIssue('must be hosts with their ports, separated by commas: "10.0.0.1:9042,10.0.0.2:9042"')
  return z.NEVER
})

const serviceAccount = z.string().transform((text, context) => {
  const parsed = googleAccount.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  context.addIssue('must be the JSON of a service account: project_id, client_email, private_key')
  return z.NEVER
})
/** Names in order of preference, separated by commas. */
const preference = <N extends string>(names: readonly N[]) =>
  z.string().transform((text, context) => {
    const given = text.split(',').map((name) => name.trim())
    const known = given.flatMap((word) => names.filter((name) => name === word))
    if (known.length === given.length) return known
    context.addIssue(`must name some of ${names.join(', ')}, separated by commas`)
    return z.NEVER
  })
const mailAddress = /^(?:[^<>]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/
const googleAccount = z.object({ project_id: z.string(), client_email: z.string(), private_key: z.string() })

/** The variables, as .env.example and the README list them. A test compares the three. */
export const variables = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_CONNECTIONS: wholeNumber(1, 1000, 20),
  BULK_CONNECTIONS: wholeNumber(1, 1000, 4),
  REDIS_URL: z
    .string()
    .refine(
      (text) => text.split(',').every((each) => redisUrl.safeParse(each.trim()).success),
      'must be redis:// or rediss:// addresses',
    )
    .optional(),
  REDIS_CLUSTER: flag.optional(),
  NATS_URL: z.string().min(1),
  NATS_REPLICAS: wholeNumber(1, 5, 1),
  NATS_PLACEMENT_TAGS: z.string().default(''),
  CARILLON_DELIVERY_LOG: z.enum(['postgres', 'cassandra']).default('postgres'),
  CASSANDRA_CONTACT_POINTS: places.optional(),
  CASSANDRA_DATACENTER: z.string().default('datacenter1'),
  CASSANDRA_KEYSPACE: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,47}$/, 'must be lower case letters, digits and _')
    .default('carillon'),
  CASSANDRA_REPLICATION: z.coerce.number().int().min(1).max(9).optional(),
  CASSANDRA_USERNAME: z.string().optional(),
  CASSANDRA_PASSWORD: z.string().optional(),
  CARILLON_SECRET_KEY: z.string().min(32, 'must have at least 32 characters'),
  PORT: wholeNumber(1, 65_535, 4000),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: httpUrl.optional(),
  HEALTH_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  CORS_ORIGINS: z.string().default(''),
  GRAPHIQL: flag.default(false),
  INTROSPECTION: flag.default(true),
  MAX_BODY_BYTES: wholeNumber(1024, 64 * 1024 ** 2, defaultLimits.bodyBytes),
  MAX_EXECUTION_MS: wholeNumber(100, 600_000, defaultLimits.executionMs),
  MAX_SOCKETS: wholeNumber(1, 1_000_000, defaultLimits.sockets),
  MAX_SOCKETS_PER_VIEWER: wholeNumber(1, 100_000, defaultLimits.socketsPerViewer),
  DRAIN_NOTICE_MS: wholeNumber(0, 60_000, 0),
  VIEWER_JWT_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  VIEWER_JWKS_URL: httpUrl.optional(),
  VIEWER_JWT_ISSUER: z.string().optional(),
  VIEWER_JWT_AUDIENCE: z.string().optional(),
  DEVICE_INACTIVE_DAYS: wholeNumber(0, 3650, 270),
  RETENTION_DAYS: wholeNumber(0, 3650, 365).refine(
    (days) => days === 0 || days >= 30,
    'must be 0 (for ever) or at least 30',
  ),
  QUIET_HOURS_HOLD_EMAIL: flag.default(false),
  QUIET_HOURS_SPREAD_MS: wholeNumber(0, 3_600_000, 300_000),
  QUIET_HOURS_MERGE_ABOVE: wholeNumber(1, 100, 3),
  TZ_DATA: z.string().optional(),
  FAN_OUT_THRESHOLD: z.coerce.number().int().min(0).max(1_000_000_000).optional(),
  FAN_OUT_FLOOR: wholeNumber(0, 1_000_000_000, 10_000),
  FAN_OUT_CEILING: wholeNumber(0, 1_000_000_000, 100_000),
  BROADCAST_DAYS: wholeNumber(1, 3650, 90),
  EVIDENCE_WAIT_MS: wholeNumber(1000, 3_600_000, 60_000),
  REDRIVE_PER_SECOND: wholeNumber(1, 100_000, 100),
  CAMPAIGN_FALLBACK_TIME_ZONE: z.string().refine(isTimeZone, 'must be an IANA name: "Europe/Berlin"').default('UTC'),
  CAMPAIGN_PRICES: prices.optional(),
  TRANSACTIONAL_OBJECTIVE_MS: wholeNumber(100, 600_000, 5000),
  SOCIAL_OBJECTIVE_MS: wholeNumber(100, 3_600_000, 15_000),
  PROVIDER_TIMEOUT_MS: wholeNumber(100, 120_000, 10_000),
  PROVIDER_CA: z.string().optional(),
  PROVIDER_WARM_SHARE: z.coerce.number().min(0).max(0.5).default(0.01),
  PUSH_CLEARS: flag.default(false),
  PROVIDER_CONCURRENCY: wholeNumber(1, 10_000, 64),
  BREAKER_FAILURE_RATE: share(0.5),
  BREAKER_MIN_CALLS: wholeNumber(1, 10_000, 5),
  BREAKER_SLOW_MS: z.coerce.number().int().min(10).max(120_000).optional(),
  MARKETING_SHARE: share(0.5),
  APNS_PER_SECOND: perSecond,
  FCM_PER_SECOND: perSecond,
  SENDGRID_PER_SECOND: perSecond,
  SES_PER_SECOND: perSecond,
  SMTP_PER_SECOND: perSecond,
  TWILIO_PER_SECOND: perSecond,
  VONAGE_PER_SECOND: perSecond,
  APNS_KEY: z.string().optional(),
  APNS_KEY_ID: z.string().optional(),
  APNS_TEAM_ID: z.string().optional(),
  APNS_TOPIC: z.string().optional(),
  APNS_URL: httpUrl.default('https://api.push.apple.com'),
  FCM_SERVICE_ACCOUNT: serviceAccount.optional(),
  FCM_URL: httpUrl.default('https://fcm.googleapis.com'),
  FCM_TOKEN_URL: httpUrl.optional(),
  SENDGRID_API_KEY: z.string().optional(),
  SENDGRID_URL: httpUrl.default('https://api.sendgrid.com'),
  AWS_REGION: z.string().optional(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  SES_CONFIGURATION_SET: z.string().optional(),
  SES_URL: httpUrl.optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  EMAIL_FROM: z.string().regex(mailAddress, 'must be an address, or a name with one in <>').optional(),
  EMAIL_PROVIDERS: preference(emailProviders).optional(),
  EMAIL_FAILOVER: z.enum(emailFailovers).default('aligned'),
  EMAIL_RETURN_PATHS: byEmailProvider,
  EMAIL_DKIM_SELECTORS: byEmailProvider,
  SENDGRID_WEBHOOK_KEY: z.string().refine(isSendGridKey, 'must be a public key on P-256, base64').optional(),
  SES_TOPIC_ARN: z
    .string()
    .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, 'must be the ARN of a topic of SNS')
    .optional(),
  SNS_CERT_URL: httpUrl.optional(),
  TWILIO_ACCOUNT_SID: z.string().optional(),
  TWILIO_AUTH_TOKEN: z.string().optional(),
  TWILIO_FROM: z.string().optional(),
  TWILIO_MESSAGING_SERVICE_SID: z.string().optional(),
  TWILIO_URL: httpUrl.default('https://api.twilio.com'),
  VONAGE_API_KEY: z.string().optional(),
  VONAGE_API_SECRET: z.string().optional(),
  VONAGE_FROM: z.string().optional(),
  VONAGE_URL: httpUrl.default('https://rest.nexmo.com'),
  VONAGE_SIGNATURE_SECRET: z.string().optional(),
  SMS_PROVIDERS: preference(smsProviders).optional(),
})
export type Variables = z.infer<typeof variables>

/** What makes no sense alone: the first is there, the others have to be. */
const together: readonly (readonly [keyof Variables, ...(keyof Variables)[]])[] = [
  ['APNS_KEY', 'APNS_KEY_ID', 'APNS_TEAM_ID', 'APNS_TOPIC'],
  ['SENDGRID_API_KEY', 'EMAIL_FROM'],
  ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_REGION', 'EMAIL_FROM'],
  ['SMTP_URL', 'EMAIL_FROM'],
  ['TWILIO_AUTH_TOKEN', 'TWILIO_ACCOUNT_SID'],
  ['VONAGE_API_SECRET', 'VONAGE_API_KEY', 'VONAGE_FROM'],
  ['CASSANDRA_PASSWORD', 'CASSANDRA_USERNAME'],
]

/** @throws ConfigError */
export function parseConfig(env: Env): Config {
  // An empty variable is one that is not set: that is how compose files and shells leave them out.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = variables.safeParse(given)
  const mistakes = [
    ...(parsed.error?.issues ?? []).map(mistakeOf),
    ...missingCompanions(given),
    ...(parsed.success ? wrongLimits(parsed.data) : []),
    ...absentProviders(given),
  ]
  if (given['CARILLON_DELIVERY_LOG'] === 'cassandra' && !given['CASSANDRA_CONTACT_POINTS']) {
    mistakes.push('CASSANDRA_CONTACT_POINTS: must be set when CARILLON_DELIVERY_LOG is cassandra')
  }
  if (!given['VIEWER_JWT_SECRET'] === !given['VIEWER_JWKS_URL']) {
    mistakes.push('VIEWER_JWT_SECRET: give either this (HS256) or VIEWER_JWKS_URL')
  }
  if (!parsed.success || mistakes.length > 0) throw new ConfigError(mistakes)
  return toConfig(parsed.data)
}

function mistakeOf(issue: z.core.$ZodIssue): string {
  const missing = issue.code === 'invalid_type' && issue.input === undefined
  return `${issue.path.join('.')}: ${missing ? 'must be set' : issue.message}`
}

function missingCompanions(given: Record<string, unknown>): string[] {
  const missing = together.flatMap(([first, ...others]) =>
    given[first] ? others.filter((name) => !given[name]).map((name) => `${name}: must be set when ${first} is`) : [],
  )
  const noSender = given['TWILIO_AUTH_TOKEN'] && !given['TWILIO_FROM'] && !given['TWILIO_MESSAGING_SERVICE_SID']
  return noSender
    ? [...missing, 'TWILIO_FROM: set this or TWILIO_MESSAGING_SERVICE_SID when TWILIO_AUTH_TOKEN is']
    : missing
}

function wrongLimits({ FAN_OUT_FLOOR: floor, FAN_OUT_CEILING: ceiling }: Variables): string[] {
  return floor > ceiling ? [`FAN_OUT_FLOOR: must not be more than FAN_OUT_CEILING (${ceiling})`] : []
}

function toConfig(given: Variables): Config {
  const publicUrl = (given.PUBLIC_URL ?? `http://${given.HOST}:${given.PORT}`).replace(/\/+$/, '')
  const topic = given.APNS_TOPIC ?? 'default'
  const sender = given.FCM_SERVICE_ACCOUNT?.project_id ?? 'default'
  return {
    databaseUrl: given.DATABASE_URL,
    redisUrl: given.REDIS_URL,
    redisCluster: given.REDIS_CLUSTER,
    natsUrl: given.NATS_URL,
    natsReplicas: given.NATS_REPLICAS,
    natsPlacementTags: words(given.NATS_PLACEMENT_TAGS),
    cassandra: given.CARILLON_DELIVERY_LOG === 'cassandra' ? cassandraSettings(given) : undefined,
    secretKey: given.CARILLON_SECRET_KEY,
    port: given.PORT,
    host: given.HOST,
    publicUrl,
    healthPort: given.HEALTH_PORT,
    databaseConnections: given.DATABASE_CONNECTIONS,
    bulkConnections: given.BULK_CONNECTIONS,
    gateway: {
      viewerAuth: viewerAuth(given),
      corsOrigins: words(given.CORS_ORIGINS),
      limits: {
        ...defaultLimits,
        bodyBytes: given.MAX_BODY_BYTES,
        executionMs: given.MAX_EXECUTION_MS,
        sockets: given.MAX_SOCKETS,
        socketsPerViewer: given.MAX_SOCKETS_PER_VIEWER,
      },
      graphiql: given.GRAPHIQL,
      introspection: given.INTROSPECTION,
      drain: { noticeMs: given.DRAIN_NOTICE_MS, lingerMs: 500, limitMs: 8000 },
      webhooks: webhookSettings(given, publicUrl),
    },
    providers: providerSettings(given, publicUrl),
    gates: {
      concurrency: given.PROVIDER_CONCURRENCY,
      breaker: {
        failureRate: given.BREAKER_FAILURE_RATE,
        minCalls: given.BREAKER_MIN_CALLS,
        slowMs: given.BREAKER_SLOW_MS ?? given.PROVIDER_TIMEOUT_MS / 2,
      },
    },
    pacing: { perSecond: budgets(given), marketingShare: given.MARKETING_SHARE },
    email: {
      failover: given.EMAIL_FAILOVER,
      returnPaths: given.EMAIL_RETURN_PATHS,
      selectors: given.EMAIL_DKIM_SELECTORS,
    },
    policy: {
      quietEmail: given.QUIET_HOURS_HOLD_EMAIL,
      spreadMs: given.QUIET_HOURS_SPREAD_MS,
      mergeAbove: given.QUIET_HOURS_MERGE_ABOVE,
      redrivePerSecond: given.REDRIVE_PER_SECOND,
      evidenceMs: given.EVIDENCE_WAIT_MS,
      campaignTimeZone: given.CAMPAIGN_FALLBACK_TIME_ZONE,
      campaignPrices: given.CAMPAIGN_PRICES,
    },
    objectivesMs: { TRANSACTIONAL: given.TRANSACTIONAL_OBJECTIVE_MS, SOCIAL: given.SOCIAL_OBJECTIVE_MS },
    warmShare: given.PROVIDER_WARM_SHARE,
    fanOut: { threshold: given.FAN_OUT_THRESHOLD, floor: given.FAN_OUT_FLOOR, ceiling: given.FAN_OUT_CEILING },
    broadcastDays: given.BROADCAST_DAYS,
    pushClears: given.PUSH_CLEARS,
    deviceInactiveDays: given.DEVICE_INACTIVE_DAYS,
    retentionDays: given.RETENTION_DAYS,
    timeZoneData: given.TZ_DATA,
    defaultApp: { IOS: topic, ANDROID: sender, WEB: sender },
  }
}

/** What commas separate. */
function words(text: string): readonly string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

function cassandraSettings(given: Variables): CassandraSettings {
  return {
    contactPoints: given.CASSANDRA_CONTACT_POINTS ?? [],
    dataCenter: given.CASSANDRA_DATACENTER,
    keyspace: given.CASSANDRA_KEYSPACE,
    replication: given.CASSANDRA_REPLICATION,
    username: given.CASSANDRA_USERNAME,
    password: given.CASSANDRA_PASSWORD,
    // For ever is what Cassandra takes at the most: twenty years, and a month of them is the one that something is in.
    retentionMs: (given.RETENTION_DAYS || 7200) * 86_400_000,
  }
}

function viewerAuth(given: Variables): ViewerAuth {
  const checks = { issuer: given.VIEWER_JWT_ISSUER, audience: given.VIEWER_JWT_AUDIENCE }
  return given.VIEWER_JWKS_URL
    ? { jwksUrl: given.VIEWER_JWKS_URL, ...checks }
    : { secret: given.VIEWER_JWT_SECRET ?? '', ...checks }
}

function budgets(given: Variables): PacingConfig['perSecond'] {
  const all: Record<ProviderName, number | undefined> = {
    apns: given.APNS_PER_SECOND,
    fcm: given.FCM_PER_SECOND,
    sendgrid: given.SENDGRID_PER_SECOND,
    ses: given.SES_PER_SECOND,
    smtp: given.SMTP_PER_SECOND,
    twilio: given.TWILIO_PER_SECOND,
    vonage: given.VONAGE_PER_SECOND,
  }
  return Object.fromEntries(Object.entries(all).filter(([, budget]) => budget !== undefined))
}

function webhookSettings(given: Variables, publicUrl: string): WebhookSettings {
  return {
    publicUrl,
    sendgrid: given.SENDGRID_WEBHOOK_KEY ? { publicKey: given.SENDGRID_WEBHOOK_KEY } : undefined,
    ses: given.SES_TOPIC_ARN ? { topicArn: given.SES_TOPIC_ARN, certificateUrl: given.SNS_CERT_URL } : undefined,
    twilio: given.TWILIO_AUTH_TOKEN ? { authToken: given.TWILIO_AUTH_TOKEN } : undefined,
    vonage: given.VONAGE_SIGNATURE_SECRET ? { signatureSecret: given.VONAGE_SIGNATURE_SECRET } : undefined,
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
