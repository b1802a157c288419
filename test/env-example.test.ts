import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { variables } from '../src/config.ts'

const known = Object.keys(variables.shape)
/** Asked for by docker-compose.yml itself. */
const forCompose = [...new Set([...read('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name))]

describe('the variables of the configuration', () => {
  test('are all in .env.example, each once', () => {
    const listed = [...read('.env.example').matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name)
    expect(listed.toSorted()).toEqual([...known, ...forCompose].toSorted())
  })

  test('are each introduced by a comment in .env.example', () => {
    const lines = read('.env.example').split('\n')
    const bare = lines.filter(
      (line, index) => /^#? ?[A-Z][A-Z0-9_]+=/.test(line) && !/^# [A-Za-z]/.test(lines[index - 1] ?? ''),
    )
    expect(bare).toEqual([])
  })

  test('are all in the table of the README, each once', () => {
    const [, table = ''] = read('README.md').split(/<!-- \/?variables -->/)
    const listed = [...table.matchAll(/^\| `([A-Z][A-Z0-9_]+)`/gm)].map(([, name]) => name)
    expect(listed.toSorted()).toEqual(known.toSorted())
  })
})

function read(file: string): string {
  return readFileSync(join(import.meta.dirname, '..', file), 'utf8')
}
