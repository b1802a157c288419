import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { aDataFolder } from './a-data-folder.ts'
import { commandLine } from './command-line.ts'
import { freePort } from './free-port.ts'
import { keepNodeChild, type NodeChild } from './process.ts'
import { until } from './until.ts'

test('starts a child, starts it again on its port when it dies, and stops it', async () => {
  const port = await freePort()
  const said: string[] = []
  const child = await keepNodeChild(aChild({ env: { PORT: String(port) }, say: (line) => said.push(line) }))
  const firstPid = child.pid()
  expect(await answer(port)).toBe(`process ${firstPid}`)

  process.kill(firstPid, 'SIGKILL')
  expect(await until(() => child.restarts() === 1, 10_000)).toBe(true)
  expect(await answer(port)).toBe(`process ${child.pid()}`)
  expect(said).toEqual(['bulk has died (signal SIGKILL): starting it again'])

  await child.stop()
  expect(await answer(port)).toBeUndefined()
})

test('kills a child that does not stop in time', async () => {
  const child = await keepNodeChild(aChild({ env: { PORT: String(await freePort()), STUBBORN: '1' }, graceMs: 100 }))
  await child.stop()
  expect(commandLine(child.pid())).toBe('')
})

test('says that a child did not start', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  onTestFinished(() => void taken.close())
  const address = taken.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  await expect(keepNodeChild(aChild({ env: { PORT: port } }))).rejects.toThrow(
    'bulk did not start: it ended with exit code 1.',
  )
})

function aChild(part: Partial<NodeChild>): NodeChild {
  const file = join(aDataFolder(), 'child.ts')
  writeFileSync(
    file,
    `import { createServer } from 'node:http'
     const server = createServer((_, response) => response.end('process ' + process.pid))
     server.listen(Number(process.env['PORT']), '127.0.0.1', () => console.log(JSON.stringify({ ready: true })))
     if (process.env['STUBBORN']) process.on('SIGTERM', () => undefined)`,
  )
  return {
    name: 'bulk',
    args: [file],
    env: {},
    ready: { line: isReady },
    output: () => undefined,
    say: () => undefined,
    ...part,
  }
}

function isReady(line: string): boolean {
  return line === '{"ready":true}'
}

async function answer(port: number): Promise<string | undefined> {
  return await fetch(`http://127.0.0.1:${port}`).then(
    (response) => response.text(),
    () => undefined,
  )
}
