import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface CassandraPorts {
  /** For clients. */
  readonly port: number
  /** Between nodes; the only node has one, too. */
  readonly storagePort: number
}

/** Writes the two files that a local Cassandra is configured by, and returns where they are. */
export function configureCassandra(folder: string, { port, storagePort }: CassandraPorts) {
  const yaml = join(folder, 'cassandra.yaml')
  const logback = join(folder, 'logback.xml')
  const place = (name: string) => JSON.stringify(join(folder, name))
  const lines = [
    'cluster_name: carillon',
    'num_tokens: 1',
    'partitioner: org.apache.cassandra.dht.Murmur3Partitioner',
    'endpoint_snitch: SimpleSnitch',
    'seed_provider:',
    '  - class_name: org.apache.cassandra.locator.SimpleSeedProvider',
    '    parameters:',
    `      - seeds: "127.0.0.1:${storagePort}"`,
    'listen_address: 127.0.0.1',
    'rpc_address: 127.0.0.1',
    `storage_port: ${storagePort}`,
    `native_transport_port: ${port}`,
    // What dies with a process is in the memory of the machine by then; only the machine itself could lose ten seconds.
    'commitlog_sync: periodic',
    'commitlog_sync_period: 10000ms',
    'commitlog_disk_access_mode: legacy',
    'commitlog_segment_size: 8MiB',
    `data_file_directories: [${place('data')}]`,
    `commitlog_directory: ${place('commitlog')}`,
    `saved_caches_directory: ${place('saved_caches')}`,
    `hints_directory: ${place('hints')}`,
    `cdc_raw_directory: ${place('cdc_raw')}`,
    'memtable_heap_space: 64MiB',
    'memtable_offheap_space: 64MiB',
    'key_cache_size: 8MiB',
    'file_cache_size: 64MiB',
    'networking_cache_size: 16MiB',
    'concurrent_compactors: 1',
    // A laptop that is busy with something else is slow, not broken.
    'write_request_timeout: 10000ms',
    'read_request_timeout: 10000ms',
    'auto_snapshot: false',
  ]
  writeFileSync(yaml, `${lines.join('\n')}\n`, { mode: 0o600 })
  writeFileSync(logback, logbackXml, { mode: 0o600 })
  return { yaml, logback }
}

/** To standard output, which goes where the logs of the other servers go. */
const logbackXml = `<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level %date{ISO8601} %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="OUT" /></root>
</configuration>
`
