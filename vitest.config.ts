import { defineConfig } from 'vitest/config'

/** Where the counts go that .ci/run prints. */
const report = process.env['CARILLON_TEST_REPORT']

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/setup/servers.ts'],
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Two copies of graphql would be two realms; one copy for whoever imports it.
    server: { deps: { inline: [/graphql/, /@pothos\//, /@envelop\//] } },
  },
})
