import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { onPath } from '../src/local/program.ts'
import { judge, kubernetesObject } from './judge.ts'
import { bringTools, ToolMissing, type Tools } from './tools.ts'

/*
 * `npm run check:deploy`: renders the chart as one would install it, and checks every object that comes out; checks
 * docker-compose.yml where there is a docker compose. Needs no cluster.
 */

const root = join(import.meta.dirname, '..')
const chart = join(root, 'deploy/carillon')
const kubernetes = '1.37.0'

/** Ways to install it that take other branches of the templates. */
const installations: Readonly<Record<string, readonly string[]>> = {
  'as it is': [],
  'without operators': [
    'keda.enabled=false',
    'monitoring.podMonitor=false',
    'monitoring.rules=false',
    'priorityClasses.create=false',
    'networkPolicy.enabled=false',
  ],
  'with everything said': [
    'imagePullSecrets[0].name=registry',
    'nodeSelector.pool=carillon',
    'tolerations[0].key=carillon',
    'tolerations[0].operator=Exists',
    'podAnnotations.team=messaging',
    'service.annotations.team=messaging',
    'monitoring.labels.release=prometheus',
    'secrets.TWILIO_AUTH_TOKEN.name=providers',
    'secrets.TWILIO_AUTH_TOKEN.key=twilio',
    'keda.fallback=false',
  ],
}

async function main(): Promise<number> {
  const tools = await bringTools(process.env, (line) => console.log(line))
  const folder = mkdtempSync(join(tmpdir(), 'carillon-deploy-'))
  try {
    const wrong = Object.entries(installations).flatMap(([name, set]) => {
      const { objects, mistakes } = check(tools, set, join(folder, 'rendered.yaml'))
      console.log(`deploy/carillon, ${name}: ${objects} objects, ${mistakes.length} mistakes`)
      return mistakes
    })
    const all = [...wrong, ...checkCompose(folder)]
    for (const mistake of all) console.log(`  ${mistake}`)
    return all.length === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function check(tools: Tools, set: readonly string[], file: string): { objects: number; mistakes: readonly string[] } {
  const args = ['carillon', chart, '--namespace', 'notify', '--kube-version', kubernetes]
  const values = set.flatMap((each) => ['--set', each])
  const rendered = spawnSync(tools.helm, ['template', ...args, ...values], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  })
  if (rendered.status !== 0) return { objects: 0, mistakes: [rendered.stderr.trim()] }
  writeFileSync(file, rendered.stdout)
  const validated = spawnSync(tools.kubernetesValidate, ['--strict', '--quiet', '--no-warn', '-k', kubernetes, file], {
    encoding: 'utf8',
  })
  const said = `${validated.stdout}${validated.stderr}`.split('\n').filter((line) => line !== '')
  const unknown = validated.status !== 0 && said.length === 0 ? ['kubernetes-validate failed'] : said
  const objects = objectsOf(tools, file)
  return { objects: objects.length, mistakes: [...unknown, ...judge(objects)] }
}

const toJson =
  'import json, sys, yaml; print(json.dumps([each for each in yaml.safe_load_all(open(sys.argv[1])) if each]))'

function objectsOf({ python }: Tools, file: string) {
  const json = execFileSync(python, ['-c', toJson, file], { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 })
  return z.array(kubernetesObject).parse(JSON.parse(json))
}

/** Compose reads `.env` beside the file: it gets one, with the only thing that it insists on. */
function checkCompose(folder: string): readonly string[] {
  const compose = composeCommand()
  if (compose === undefined) {
    console.log('docker-compose.yml: not checked: there is no docker compose here')
    return []
  }
  const [program, ...before] = compose
  writeFileSync(join(folder, '.env'), '')
  const file = join(folder, 'docker-compose.yml')
  execFileSync('cp', [join(root, 'docker-compose.yml'), file])
  const checked = spawnSync(program, [...before, '-f', file, '--project-directory', folder, 'config', '--quiet'], {
    encoding: 'utf8',
    env: { ...process.env, POSTGRES_PASSWORD: 'checked' },
  })
  console.log(`docker-compose.yml: ${checked.status === 0 ? 'no mistakes' : 'mistakes'}`)
  return checked.status === 0 ? [] : [`docker-compose.yml: ${checked.stderr.trim()}`]
}

function composeCommand(): readonly [string, ...string[]] | undefined {
  const alone = onPath('docker-compose', process.env)
  if (alone !== undefined) return [alone]
  const docker = onPath('docker', process.env)
  if (docker === undefined) return undefined
  return spawnSync(docker, ['compose', 'version']).status === 0 ? [docker, 'compose'] : undefined
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof ToolMissing ? error.message : error)
    process.exit(1)
  },
)
