import { defineConfig, mergeConfig } from 'vitest/config'
import usual from './vitest.config.ts'

// What starts servers, and every Carillon that a test starts, has its delivery log in Cassandra.
process.env['CARILLON_DELIVERY_LOG'] = 'cassandra'

const { projects: _projects, ...test } = usual.test ?? {}

/** `npm run test:cassandra`: what holds with the delivery log in PostgreSQL, once more with a real Cassandra. */
export default mergeConfig(
  { ...usual, test },
  defineConfig({
    test: {
      projects: [
        {
          extends: true,
          test: {
            name: 'log',
            include: [
              'src/store/{inbox,inbox-mark,materialise,delivery-log,reports,redrive,cassandra*}.test.ts',
              'src/local/cassandra.test.ts',
              'src/schema/{explain,viewer}.test.ts',
              'test/inbox-events.test.ts',
            ],
            globalSetup: ['test/setup/servers.ts'],
          },
        },
        {
          extends: true,
          test: {
            name: 'end-to-end',
            include: ['test/end-to-end/*.test.ts'],
            globalSetup: ['test/setup/started.ts'],
            testTimeout: 120_000,
            fileParallelism: false,
            sequence: { groupOrder: 1 },
          },
        },
      ],
    },
  }),
)
