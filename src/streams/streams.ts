import { type JetStreamClient, jetstream } from '@nats-io/jetstream'
import { connect, type NatsConnection, type Subscription } from 'nats'
import type { Message, Signal } from './messages.ts'
import { serverOptions } from './server-options.ts'
import { declareTopology, type Placement } from './topology.ts'

/** The connection to NATS. */
export interface Streams {
  /** Settles with the first connection, which is made anew whenever it is lost; not at all where there is never one. */
  readonly connection: Promise<NatsConnection>
  /** Brings streams and consumers up to date: at the start, and again where a server has lost them. */
  declare(): Promise<void>
  /** Resolves when the stream has stored the message (or had it already); rejects after two seconds without an answer. */
  publish<Body>(message: Message<Body>, body: Body): Promise<void>
  /** Tells whoever listens now. Never waits, never fails: a lost signal is found by other means. */
  signal<Key, Body>(signal: Signal<Key, Body>, key: Key, body: Body): void
  /** Calls `onSignal` until the returned function is called. Of those with the same `queue`, one is called. */
  listen<Key, Body>(signal: Signal<Key, Body>, key: Key, onSignal: (body: Body) => void, queue?: string): () => void
  /** False before there is a connection, and while it is being made anew. */
  connected(): boolean
  close(): Promise<void>
}

/** Streams before there is a connection: publishing rejects, signals are lost, listeners hear what comes later. */
export interface ExpectedStreams extends Streams {
  /** Makes the first connection; rejects when it cannot be made now. */
  connect(): Promise<void>
}

const publishTimeoutMs = 2000
const connectTimeoutMs = 3000

/** Connects. Rejects when NATS cannot be reached now. */
export async function openStreams(url: string, name: string, replicas = 1): Promise<Streams> {
  const streams = expectStreams(url, name, { replicas })
  await streams.connect()
  return streams
}

export function expectStreams(url: string, name: string, placement: Placement): ExpectedStreams {
  const { promise: connection, resolve: hasConnection } = Promise.withResolvers<NatsConnection>()
  let opened: { readonly connection: NatsConnection; readonly client: JetStreamClient } | undefined
  let up = false
  let closed = false

  return {
    connection,
    async connect() {
      if (opened !== undefined) return
      const options = serverOptions(url)
      const made = await connect({
        ...options,
        name,
        timeout: connectTimeoutMs,
        // From here on it is we who end it: a server that refuses us while it comes up again is asked again.
        maxReconnectAttempts: -1,
        ignoreAuthErrorAbort: true,
        reconnectTimeWait: 250,
        pingInterval: 10_000,
      })
      if (closed) return made.close()
      // The library has dropped those that did not answer now; when this one ends they may be the ones that do.
      made.setServers([...new Set([...options.servers, ...made.getServers().map(({ listen }) => listen)])])
      opened = { connection: made, client: jetstream(made, { timeout: publishTimeoutMs }) }
      up = true
      void watch(made, (state) => {
        up = state
      })
      hasConnection(made)
    },
    declare: async () => declareTopology(await connection, placement),
    async publish(message, body) {
      if (opened === undefined) throw new Error('NATS has not been reached yet')
      await opened.client.publish(message.subject(body), JSON.stringify(body), {
        msgID: message.id(body),
        timeout: publishTimeoutMs,
      })
    },
    signal(signal, key, body) {
      if (opened === undefined || opened.connection.isClosed()) return
      opened.connection.publish(signal.subject(key), JSON.stringify(body))
    },
    listen(signal, key, onSignal, queue) {
      let subscription: Subscription | undefined
      let over = false
      const subscribe = (made: NatsConnection) => {
        if (over || made.isClosed()) return
        subscription = made.subscribe(signal.subject(key), {
          ...(queue !== undefined && { queue }),
          callback: (error, message) => {
            if (!error) onSignal(signal.decode(message.data))
          },
        })
      }
      if (opened === undefined) void connection.then(subscribe)
      else subscribe(opened.connection)
      return () => {
        over = true
        subscription?.unsubscribe()
      }
    },
    connected: () => up,
    async close() {
      closed = true
      await opened?.connection.drain().catch(() => opened?.connection.close())
    },
  }
}

async function watch(connection: NatsConnection, onState: (up: boolean) => void): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') onState(false)
    if (status.type === 'reconnect') onState(true)
  }
}
