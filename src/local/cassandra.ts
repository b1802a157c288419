import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { configureCassandra } from './cassandra-yaml.ts'
import { cassandraVersion, fetchCassandra } from './fetch-cassandra.ts'
import { freePort } from './free-port.ts'
import { javaFor } from './java.ts'
import type { Env } from './program.ts'
import type { Say } from './say.ts'
import type { Recipe } from './server.ts'
import { talk } from './talk.ts'

export interface CassandraOptions {
  readonly dataDir: string
  readonly cache: string
  readonly env: Env
  readonly say: Say
}

/** What is small on a laptop: there is one node, and it has the data of one person. */
const heap = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

/** An OPTIONS frame of version 4 of the native protocol, which is answered without signing in. */
const optionsFrame = '\u0004\0\0\0\u0005\0\0\0\0'

/** How Cassandra is run here: on a Java of this machine, from the artifacts that Maven knows. Rejects with a sentence if that cannot be. */
export async function cassandraRecipe({ dataDir, cache, env, say }: CassandraOptions): Promise<Recipe> {
  const folder = join(dataDir, 'cassandra')
  const [java, jars] = await Promise.all([javaFor(env, say), fetchCassandra(cache, env, say)])
  const [storagePort, jmxPort] = [await freePort(), await freePort()]
  return {
    key: 'cassandra',
    name: 'Cassandra',
    version: cassandraVersion,
    stopSignal: 'TERM',
    // It flushes its tables first, which takes as long as there is data. Its commit log has them all.
    graceSeconds: 1,
    marker: folder,
    command(port) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const { yaml, logback } = configureCassandra(folder, { port, storagePort })
      const properties = [
        `cassandra.config=file://${yaml}`,
        `cassandra.storagedir=${folder}`,
        `cassandra.logdir=${folder}`,
        `cassandra.jmx.local.port=${jmxPort}`,
        'cassandra-foreground=yes',
        // Of a cluster of one there is nobody to wait for.
        'cassandra.ring_delay_ms=0',
        'cassandra.skip_wait_for_gossip_to_settle=0',
        'jdk.attach.allowAttachSelf=true',
        `logback.configurationFile=file://${logback}`,
      ]
      const options = [...heap, ...properties.map((each) => `-D${each}`), ...moduleOptions]
      return { argv: [java, ...options, '-cp', join(jars, '*'), 'org.apache.cassandra.service.CassandraDaemon'] }
    },
    ready: async (port) => (await talk(port, optionsFrame)).includes('CQL_VERSION'),
    url: (port) => `127.0.0.1:${port}`,
  }
}

/** What Cassandra's own start script opens to it of the modules of Java 17. */
const moduleOptions: readonly string[] = [
  ...[
    'java.base/jdk.internal.misc',
    'java.base/jdk.internal.ref',
    'java.base/sun.nio.ch',
    'java.base/java.lang.ref',
    'java.base/java.lang.reflect',
    'java.management.rmi/com.sun.jmx.remote.internal.rmi',
    'java.rmi/sun.rmi.registry',
    'java.rmi/sun.rmi.server',
    'java.sql/java.sql',
    'jdk.unsupported/sun.misc',
  ].flatMap((each) => ['--add-exports', `${each}=ALL-UNNAMED`]),
  ...[
    ...['lang.module', 'io', 'nio', 'lang', 'util', 'util.concurrent', 'util.concurrent.atomic'].map(
      (each) => `java.base/java.${each}`,
    ),
    ...['loader', 'ref', 'reflect', 'math', 'module', 'util.jar'].map((each) => `java.base/jdk.internal.${each}`),
    'java.base/sun.nio.ch',
    'jdk.management/com.sun.management.internal',
  ].flatMap((each) => ['--add-opens', `${each}=ALL-UNNAMED`]),
]
