import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Where the counts go that .ci/run prints. */
const report = process.env['CARILLON_TEST_REPORT']

/** They need a Cassandra: vitest.cassandra.config.ts. */
const withCassandra = ['src/store/cassandra*.test.ts', 'src/local/cassandra.test.ts']

/** They are alone with the streams: whoever else published or consumed there would be in their way. */
const alone = [
  'src/streams/{cluster,consume,queues}.test.ts',
  'src/workers/{measure-queues,campaign-relay}.test.ts',
  'src/schema/queue.test.ts',
  'src/lanes.test.ts',
]

/** They start and stop a Carillon of their own. */
const startTheirOwn = 'test/end-to-end/{configuration,crash,doctor,roles,servers-die,start,stop-and-start}.test.ts'

export default defineConfig({
  resolve: {
    // graphql has a build for bundlers too, and two copies would be two realms: this is the one that Node itself loads.
    alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql/index.js')) }],
  },
  test: {
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A condition is waited for until it holds; how long that takes says how busy the machine is.
    expect: { poll: { timeout: 10_000 } },
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Most of what a file takes is loading what the last one had loaded, and then waiting.
          isolate: false,
          maxWorkers: 3,
          include: ['src/**/*.test.ts', 'web/**/*.test.ts', 'test/*.test.ts'],
          exclude: [...alone, ...withCassandra],
          globalSetup: ['test/setup/servers.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'streams',
          include: alone,
          globalSetup: ['test/setup/servers.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'end-to-end',
          include: ['test/end-to-end/*.test.ts'],
          exclude: [startTheirOwn],
          globalSetup: ['test/setup/started.ts'],
          testTimeout: 90_000,
          // One after the other, when the rest is done: they share one Carillon, and what they measure is time.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'starts',
          include: [startTheirOwn],
          globalSetup: ['test/setup/started.ts'],
          testTimeout: 90_000,
          // They wait most of the time.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'clients',
          include: ['test/clients/*.test.ts'],
          globalSetup: ['test/setup/started.ts', 'test/setup/browser.ts'],
          testTimeout: 90_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'chaos',
          include: ['test/chaos/*.test.ts'],
          // Alone: it brings a whole Carillon of its own, and kills it.
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
})
