import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

/*
 * The arrows of ARCHITECTURE.md: which room may import which. They are what keeps a change in one room from being felt
 * in another.
 */

const below = ['domain', 'templates', 'streams', 'store']

/** The rooms that a room may import, besides itself. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  templates: ['domain'],
  streams: ['domain'],
  store: ['domain'],
  channels: ['domain'],
  schema: below,
  workers: [...below, 'channels'],
  gateway: [...below, 'schema', 'channels'],
  sandbox: [],
  local: [],
}

/** Files beside the rooms that any room of the service may import. */
const forAll = ['errors.ts', 'log.ts', 'metrics.ts']
const aloneRooms = ['sandbox', 'local']

/** What only one room talks to. */
const owners: readonly (readonly [room: string, packages: RegExp])[] = [
  ['streams', /^(nats|@nats-io\/.*)$/],
  ['store', /^(@prisma\/.*|prisma|pg|ioredis|cassandra-driver)(\/|$)/],
  ['channels', /^(apn|firebase-admin|@sendgrid\/.*|twilio|@aws-sdk\/.*|@vonage\/.*|nodemailer|web-push)(\/|$)/],
]

interface Import {
  readonly file: string
  /** The folder below src/ that the file is in; undefined for the files beside the rooms. */
  readonly room: string | undefined
  readonly imported: string
}

const root = resolve(import.meta.dirname, '..')
const imports = globSync('src/**/*.{ts,mjs}', { cwd: root }).filter(isOurs).flatMap(importsOf)
const ofRooms = imports.filter(({ room }) => room !== undefined)

describe('the house', () => {
  test('is read', () => {
    expect(new Set(ofRooms.map(({ room }) => room))).toEqual(new Set(Object.keys(arrows)))
  })

  test('has imports along its arrows only', () => {
    expect(ofRooms.filter(isAgainstArrows).map(told)).toEqual([])
  })

  test('talks to each server and each provider from one room', () => {
    const elsewhere = ofRooms.filter(({ room, imported }) =>
      owners.some(([owner, packages]) => owner !== room && packages.test(imported)),
    )
    expect(elsewhere.map(told)).toEqual([])
  })

  test('does no I/O where it decides', () => {
    const nodeModules = imports.filter(
      ({ room, imported }) => ['domain', 'templates'].includes(room ?? '') && imported.startsWith('node:'),
    )
    expect(nodeModules.filter(({ imported }) => imported !== 'node:crypto').map(told)).toEqual([])
  })

  test('publishes nothing of the service to web pages, and no package but graphql-ws', () => {
    const published = globSync('web/*/*.ts', { cwd: root }).filter(isOurs)
    const others = published
      .flatMap(importsOf)
      .filter(({ imported }) => !imported.startsWith('web/') && imported !== 'graphql-ws')
    expect(others.map(told)).toEqual([])
    const ofClient = published.filter((file) => file.startsWith('web/client/')).flatMap(importsOf)
    expect(ofClient.filter(({ imported }) => imported.startsWith('web/inbox/')).map(told)).toEqual([])
  })
})

/** Tests, their builders, and what is generated may import whatever they need. */
function isOurs(file: string): boolean {
  return !/\.test\.ts$|\/a-[\w-]+\.ts$|\/test-clients\.ts$|\/generated\//.test(file)
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = text.matchAll(
    /^(?:import|export)\b[^'"`;]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm,
  )
  return [...found].map(([, from, bare, dynamic]) => ({
    file,
    room: roomOf(file),
    imported: target(file, from ?? bare ?? dynamic ?? ''),
  }))
}

/** A path from the root of the checkout for a file of ours; the name of a package otherwise. */
function target(file: string, specifier: string): string {
  return specifier.startsWith('.') ? relative(root, resolve(root, dirname(file), specifier)) : specifier
}

function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1]
}

function isAgainstArrows({ room = '', imported }: Import): boolean {
  if (!imported.startsWith('src/')) return /^(test|bench|prisma|\.\.)\//.test(imported)
  const to = roomOf(imported)
  if (to === undefined) return aloneRooms.includes(room) || !forAll.includes(imported.slice('src/'.length))
  return to !== room && !arrows[room]?.includes(to)
}

function told({ file, imported }: Import): string {
  return `${file} imports ${imported}`
}
