import { spawn } from 'node:child_process'

const NETWORK = /E(NOTFOUND|AI_AGAIN|TIMEDOUT|CONNRESET|CONNREFUSED|NETUNREACH|HOSTUNREACH)|ERR_SOCKET_TIMEOUT|network/i

/**
 * Runs npm in silence, twice if the network was the trouble. If it fails its whole output is shown, unless `tolerated`
 * says of the output that there is another way: then the answer is false.
 */
export async function npm(root, args, say, tolerated = () => false) {
  for (let tries = 1; ; tries++) {
    const { code, output } = await run(root, args)
    if (code === 0) return true
    if (tolerated(output)) return false
    const network = NETWORK.test(output)
    if (network && tries === 1) {
      say('the package registry did not answer: trying once more')
      continue
    }
    console.error(output)
    throw new Error(`npm ${args[0]} failed with exit code ${code}: its output is above. ${advice(output, network)}`)
  }
}

function run(root, args) {
  // The npm that runs this script: another one may be first on PATH. Yarn and the like do not know these commands.
  const own = process.env.npm_execpath ?? ''
  const [program, first] = /npm-cli\.c?js$/.test(own) ? [process.execPath, [own]] : ['npm', []]
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error']
  const child = spawn(program, [...first, ...args, ...quiet], {
    cwd: root,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: error.code, output: error.message }))
    child.once('close', (code, signal) => resolve({ code: code ?? signal, output }))
  })
}

function environment() {
  const env = { ...process.env }
  // What `npm start` itself was called with is not meant for this npm, and development packages are always needed.
  const ours = ['NODE_ENV', 'npm_config_global', 'npm_config_dry_run', 'npm_config_omit', 'npm_config_production']
  for (const name of ours) delete env[name]
  return env
}

function advice(output, network) {
  if (network)
    return 'The package registry cannot be reached: check the network (or proxy) and run the same command again.'
  if (output.includes('ENOSPC')) return 'The disk is full.'
  if (/EACCES|EPERM/.test(output)) return 'This user may not write here: run as the user who owns the checkout.'
  return 'Once that is put right, run the same command again.'
}
