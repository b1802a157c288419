import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

/*
 * The short one of `npm run chaos`: the faults that find most, always in the same order, at a gentle pace. Its limits
 * are about loss and duplicates; how long anything takes is the machine's business.
 */

it('loses nothing and repeats little, whatever befalls its processes, servers and providers', async () => {
  expect(await chaos('everything', { seed: 2, seconds: 24, rate: 40, people: 60, 'quiet-seconds': 150 })).toBe(0)
}, 420_000)

/** Plays a scenario as a user would; resolves with the exit code. */
async function chaos(scenario: string, options: Readonly<Record<string, number>>): Promise<number | null> {
  const results = mkdtempSync(join(tmpdir(), 'carillon-chaos-results-'))
  onTestFinished(() => rmSync(results, { recursive: true, force: true }))
  const numbers = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const args = [join(import.meta.dirname, 'main.ts'), scenario, ...numbers, '--results', results]
  const child = spawn(process.execPath, args, {
    // It ends with us, however that comes. And nobody wants to wait for a minute each time that something is in doubt.
    env: { ...process.env, CARILLON_PARENT: 'stdin', EVIDENCE_WAIT_MS: '10000' },
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  onTestFinished(() => void child.stdin.destroy())
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', resolve)
  })
}
