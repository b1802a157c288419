import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aDataFolder } from './a-data-folder.ts'

test('installs what the lock file says, and does nothing but say so as long as that does not change', () => {
  const checkout = aCheckout()
  expect(prepare(checkout)).toMatchObject({ status: 0, npm: ['ci'] })
  expect(prepare(checkout)).toEqual({ status: 0, npm: [], output: 'carillon: everything is in place\n' })

  lock(checkout, '2.0.0')
  expect(prepare(checkout)).toMatchObject({ status: 0, npm: ['ci'] })
})

test('leaves alone what somebody has installed by hand', () => {
  const checkout = aCheckout()
  prepare(checkout)
  writeFileSync(join(checkout, 'node_modules/.carillon-prepared'), '')
  expect(prepare(checkout)).toMatchObject({ status: 0, npm: [] })
})

test('builds the inbox for web pages, again only when what it is made from has changed', () => {
  const checkout = aCheckout()
  const source = join(checkout, 'web/bundle.ts')
  mkdirSync(join(checkout, 'web/inbox/dist'), { recursive: true })
  const builds = () => prepare(checkout).output.includes('building the inbox for web pages')
  const writeSource = (text: string) =>
    writeFileSync(
      source,
      `import { writeFileSync } from 'node:fs'\nwriteFileSync('web/inbox/dist/carillon-inbox.js', '${text}')`,
    )
  writeSource('first')
  expect([builds(), builds()]).toEqual([true, false])
  writeSource('second')
  expect([builds(), builds()]).toEqual([true, false])
  expect(readFileSync(join(checkout, 'web/inbox/dist/carillon-inbox.js'), 'utf8')).toBe('second')
})

test('tries once more when the network fails, then shows what npm said and what to do', () => {
  const checkout = aCheckout({ ci: 'npm error code ENOTFOUND' })
  const { status, npm, output } = prepare(checkout)
  expect({ status, npm }).toEqual({ status: 1, npm: ['ci', 'ci'] })
  expect(output).toContain('npm error code ENOTFOUND')
  expect(output).toContain('check the network (or proxy) and run the same command again')
})

test('takes a lock file that lacks the builds of other platforms', () => {
  const checkout = aCheckout({ ci: 'npm error Missing: @x/darwin-arm64@ from lock file' })
  expect(prepare(checkout)).toMatchObject({ status: 0, npm: ['ci', 'install'] })
})

test('does not take a lock file that does not fit package.json', () => {
  const checkout = aCheckout({ ci: 'npm error Missing: left-pad@1.3.0 from lock file' })
  expect(prepare(checkout)).toMatchObject({ status: 1, npm: ['ci'] })
})

/** A checkout with the scripts under test and an npm that answers as told: with nothing, it installs what is locked. */
function aCheckout(fails: Readonly<Record<string, string>> = {}): string {
  const checkout = aDataFolder()
  mkdirSync(join(checkout, 'src/local'), { recursive: true })
  for (const name of readdirSync(import.meta.dirname).filter((name) => /^prepare.*\.mjs$/.test(name))) {
    cpSync(join(import.meta.dirname, name), join(checkout, 'src/local', name))
  }
  const npm = `
    import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
    const [command] = process.argv.slice(2)
    appendFileSync('npm.log', command + '\\n')
    const failure = ${JSON.stringify(fails)}[command]
    if (failure !== undefined) { console.error(failure); process.exit(1) }
    rmSync('node_modules', { recursive: true, force: true })
    for (const folder of ['.bin', 'node', 'a']) mkdirSync('node_modules/' + folder, { recursive: true })
    symlinkSync(${JSON.stringify(process.execPath)}, 'node_modules/.bin/node')
    writeFileSync('node_modules/node/package.json', ${JSON.stringify(JSON.stringify({ version: process.versions.node }))})
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
    const installed = { 'node_modules/a': packages['node_modules/a'] }
    writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: installed }))`
  mkdirSync(join(checkout, 'npm'))
  writeFileSync(join(checkout, 'npm/package.json'), '{ "type": "module" }')
  writeFileSync(join(checkout, 'npm/npm-cli.js'), npm)
  lock(checkout, '1.0.0')
  return checkout
}

function lock(checkout: string, version: string): void {
  writeFileSync(
    join(checkout, 'package-lock.json'),
    JSON.stringify({
      packages: { '': {}, 'node_modules/a': { version }, 'node_modules/b': { version: '1.0.0', optional: true } },
    }),
  )
}

function prepare(checkout: string): { status: number | null; npm: readonly string[]; output: string } {
  const log = join(checkout, 'npm.log')
  writeFileSync(log, '')
  const env = { ...process.env, npm_execpath: join(checkout, 'npm/npm-cli.js') }
  const run = spawnSync(process.execPath, ['src/local/prepare.mjs'], { cwd: checkout, env, encoding: 'utf8' })
  const npm = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : []
  return { status: run.status, npm, output: run.stdout + run.stderr }
}
