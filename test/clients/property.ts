import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

/** `npm run property -- --seeds 100 [--first 1]`: ./random.test.ts with as many seeds, from the first on. */
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '100' }, first: { type: 'string', default: '1' } },
})
for (const [name, value] of Object.entries(values)) {
  if (/^[1-9]\d{0,5}$/.test(value)) continue
  console.error(`--${name} has to be a whole number, at least 1: npm run property -- --seeds 100`)
  process.exit(2)
}
const { status } = spawnSync('vitest', ['run', '--project', 'clients', 'test/clients/random.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, CARILLON_SEEDS: values.seeds, CARILLON_FIRST_SEED: values.first },
})
process.exit(status ?? 1)
