import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'carillon-web-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('weighs less than 30 KB on the wire, with the client and graphql-ws in it, and loads nothing else', () => {
  const file = join(folder, 'carillon-inbox.js')
  const made = spawnSync(process.execPath, ['web/bundle.ts', file], { encoding: 'utf8' })
  expect(made).toMatchObject({ status: 0, stderr: '' })
  const text = readFileSync(file, 'utf8')
  expect(text).toContain('graphql-transport-ws')
  expect(text).not.toMatch(/^import |\bimport\(|innerHTML/m)
  expect(gzipSync(text, { level: 9 }).length).toBeLessThan(30_000)
})
