import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'

const manifest = z.object({ exports: z.object({ '.': z.object({ types: z.string(), default: z.string() }) }) })
const folder = mkdtempSync(join(tmpdir(), 'carillon-consumer-'))

const run = (program: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

/** What `npm install` would make of the two packages. */
beforeAll(() => {
  const built = spawnSync(process.execPath, ['web/build.ts'], { encoding: 'utf8' })
  expect(built).toMatchObject({ status: 0 })
  mkdirSync(join(folder, 'node_modules'))
  for (const [name, at] of [
    ['carillon-client', 'web/client'],
    ['carillon-inbox', 'web/inbox'],
  ] as const) {
    symlinkSync(resolve(at), join(folder, 'node_modules', name))
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rmSync(folder, { recursive: true }))

it.each(['client', 'inbox'])('what web/%s says that it exports is there', (name) => {
  const at = resolve('web', name)
  const { exports } = manifest.parse(JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')))
  expect(Object.values(exports['.']).filter((file) => !existsSync(join(at, file)))).toEqual([])
})

it('an application is checked against their types, and loads the client', () => {
  writeFileSync(
    join(folder, 'application.ts'),
    `import { createInbox, InboxError, type InboxItem } from 'carillon-client'
    import { type CarillonInbox, createInbox as another } from 'carillon-inbox'
    const inbox = createInbox({ url: 'https://notify.example.com/graphql', token: async () => 'a.b.c' })
    inbox.subscribe(({ items, unreadCount }) => console.log(unreadCount satisfies number, items satisfies readonly InboxItem[]))
    export function show(element: CarillonInbox): void { element.inbox = another({ url: '/graphql', token: 'a' }) }
    export const bell: CarillonInbox | null = document.querySelector('carillon-inbox')
    // @ts-expect-error an item is read by its id
    inbox.markRead([1]).catch((error: unknown) => error instanceof InboxError && error.code === 'BAD_INPUT')`,
  )
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'esnext',
    '--lib',
    'esnext,dom,dom.iterable',
  ]
  expect(run(resolve('node_modules/.bin/tsc'), ...options, '--types', '', 'application.ts')).toEqual({
    status: 0,
    output: '',
  })
  const program = `import { createInbox } from 'carillon-client'
    try { createInbox({ url: 'nowhere', token: '' }) } catch ({ code, message }) { console.log(code, message) }`
  expect(run(process.execPath, '--input-type=module', '-e', program).output).toBe(
    'BAD_OPTIONS url has to be an address that begins with http, https, ws or wss; token has to be a token, or a function that gets one\n',
  )
})
