import type { WebhookKeys } from '../channels/webhooks.ts'

/** What the gateway accepts: the same over HTTP, SSE and WebSocket. */
export interface Limits {
  readonly bodyBytes: number
  readonly urlBytes: number
  /** For a client to send the headers of a request; three times as long for all of it. */
  readonly headersMs: number
  /** Operations of one HTTP request. */
  readonly batch: number
  /** Operations that run on one WebSocket, or one stream of events, at a time. */
  readonly operationsPerSocket: number
  /** WebSockets and streams of events of this process. */
  readonly sockets: number
  readonly socketsPerViewer: number
  readonly documentTokens: number
  /** Fields within fields. */
  readonly depth: number
  readonly aliases: number
  readonly rootFields: number
  /** Fields of an operation with its fragments put in where they are spread. */
  readonly fields: number
  /** Lists and objects within each other, in variables. */
  readonly variableDepth: number
  /** For a query or a mutation. */
  readonly executionMs: number
  readonly viewerMutationsPerMinute: number
}

export const defaultLimits: Limits = {
  bodyBytes: 1024 ** 2,
  urlBytes: 8192,
  headersMs: 10_000,
  batch: 10,
  operationsPerSocket: 100,
  sockets: 20_000,
  socketsPerViewer: 50,
  documentTokens: 4000,
  depth: 15,
  aliases: 30,
  rootFields: 20,
  fields: 500,
  variableDepth: 32,
  executionMs: 10_000,
  viewerMutationsPerMinute: 600,
}

/** How the tokens of viewers are checked: with a shared secret (HS256) or with public keys from an address. */
export type ViewerAuth = ({ readonly secret: string } | { readonly jwksUrl: string }) & {
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
}

export interface GatewaySettings {
  readonly viewerAuth: ViewerAuth
  /** Origins of web pages that may call, such as "https://app.example.com"; "*" is any. Our own is always allowed. */
  readonly corsOrigins: readonly string[]
  readonly limits: Limits
  readonly graphiql: GraphiQLSettings
  readonly introspection: boolean
  readonly drain: DrainSettings
  /** Left out: no provider sends any. */
  readonly webhooks?: WebhookSettings | undefined
}

export interface WebhookSettings extends WebhookKeys {
  /** Where providers reach us, without a slash at its end: they sign it. */
  readonly publicUrl: string
}

export interface GraphiQLSettings {
  readonly enabled: boolean
  /** The demo's credentials: GraphiQL starts signed in. Never set where anybody else can open the page. */
  readonly demo?: DemoCredentials | undefined
}

interface DemoCredentials {
  readonly apiKey: string
  readonly bulkApiKey: string
  readonly adminApiKey: string
  readonly viewerToken: string
  readonly userId: string
}

export interface DrainSettings {
  /** Between "not ready" and the closed door: as long as a load balancer takes to notice. */
  readonly noticeMs: number
  /** For so long, at least, connections that are open already may bring one more request. */
  readonly lingerMs: number
  /** For what is in flight. */
  readonly limitMs: number
}
