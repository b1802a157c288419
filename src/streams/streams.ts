import { type JetStreamClient, jetstream } from '@nats-io/jetstream'
import { connect, type NatsConnection } from 'nats'
import type { Message, Signal } from './messages.ts'
import { declareTopology } from './topology.ts'

/** The connection to NATS. */
export interface Streams {
  readonly connection: NatsConnection
  /** Brings streams and consumers up to date: at the start, and again where a server has lost them. */
  declare(): Promise<void>
  /** Resolves when the stream has stored the message (or had it already); rejects after two seconds without an answer. */
  publish<Body>(message: Message<Body>, body: Body): Promise<void>
  /** Tells whoever listens now. Never waits, never fails: a lost signal is found by other means. */
  signal<Key, Body>(signal: Signal<Key, Body>, key: Key, body: Body): void
  /** Calls `onSignal` until the returned function is called. */
  listen<Key, Body>(signal: Signal<Key, Body>, key: Key, onSignal: (body: Body) => void): () => void
  /** False while the connection is being made anew. */
  connected(): boolean
  close(): Promise<void>
}

const publishTimeoutMs = 2000

/** Connects, for as long as it takes, and again whenever the connection is lost. */
export async function openStreams(url: string, name: string, replicas = 1): Promise<Streams> {
  const connection = await connect({
    servers: url.split(','),
    name,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    pingInterval: 10_000,
  })
  const client: JetStreamClient = jetstream(connection, { timeout: publishTimeoutMs })
  let up = true
  void watch(connection, (state) => {
    up = state
  })
  return {
    connection,
    declare: () => declareTopology(connection, replicas),
    async publish(message, body) {
      await client.publish(message.subject(body), JSON.stringify(body), {
        msgID: message.id(body),
        timeout: publishTimeoutMs,
      })
    },
    signal(signal, key, body) {
      if (!connection.isClosed()) connection.publish(signal.subject(key), JSON.stringify(body))
    },
    listen(signal, key, onSignal) {
      const subscription = connection.subscribe(signal.subject(key), {
        callback: (error, message) => {
          if (!error) onSignal(signal.decode(message.data))
        },
      })
      return () => subscription.unsubscribe()
    },
    connected: () => up,
    close: () => connection.drain().catch(() => connection.close()),
  }
}

async function watch(connection: NatsConnection, onState: (up: boolean) => void): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') onState(false)
    if (status.type === 'reconnect') onState(true)
  }
}
