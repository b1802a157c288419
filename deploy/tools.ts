import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Env, onPath } from '../src/local/program.ts'

/** What it takes to check the chart without a cluster. */
export interface Tools {
  readonly helm: string
  readonly kubernetesValidate: string
  /** A Python that reads YAML. */
  readonly python: string
}

/** Why it cannot be checked here, in a sentence that says what to do. */
export class ToolMissing extends Error {}

const helmModule = 'helm.sh/helm/v3/cmd/helm@v3.22.0'
const validator = 'kubernetes-validate==1.37.0'
const cache = join(import.meta.dirname, '../node_modules/.cache/carillon-deploy')

/**
 * This machine's Helm 3, or one that Go builds (some minutes, once); kubernetes-validate from the Python package index.
 *
 * @throws ToolMissing
 */
export async function bringTools(env: Env, say: (line: string) => void): Promise<Tools> {
  await mkdir(cache, { recursive: true })
  return { helm: await bringHelm(env, say), ...(await bringValidator(env, say)) }
}

async function bringHelm(env: Env, say: (line: string) => void): Promise<string> {
  const built = join(cache, 'helm')
  if (existsSync(built)) return built
  const found = onPath('helm', env)
  if (found !== undefined) return found
  const go = onPath('go', env) ?? (existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : undefined)
  if (go === undefined) {
    throw new ToolMissing('There is no Helm here, and no Go to build it with: install Helm 3, or Go 1.26 or later.')
  }
  say(`building Helm: go install ${helmModule} (some minutes, once)`)
  await run('Helm could not be built', go, ['install', helmModule], { ...env, GOBIN: cache, GOFLAGS: '-p=2' })
  return built
}

async function bringValidator(env: Env, say: (line: string) => void): Promise<Omit<Tools, 'helm'>> {
  const folder = join(cache, 'python')
  const python = join(folder, 'bin/python')
  const kubernetesValidate = join(folder, 'bin/kubernetes-validate')
  if (existsSync(kubernetesValidate)) return { python, kubernetesValidate }
  const found = onPath('python3', env)
  if (found === undefined)
    throw new ToolMissing('There is no python3 here to fetch kubernetes-validate with: install it.')
  say(`fetching ${validator}`)
  await run('there is no venv', found, ['-m', 'venv', folder], env)
  await run(`${validator} could not be fetched`, python, ['-m', 'pip', 'install', '--quiet', validator], env)
  return { python, kubernetesValidate }
}

async function run(failed: string, program: string, args: readonly string[], env: Env): Promise<void> {
  try {
    await promisify(execFile)(program, [...args], { env: { ...env }, timeout: 900_000, maxBuffer: 64 * 1024 ** 2 })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : ''
    throw new ToolMissing(`${failed}: ${said || String(error)}`)
  }
}
