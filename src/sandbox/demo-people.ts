import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isText, listAt, parseJson, textAt } from './json.ts'

export interface DemoPerson {
  readonly userId: string
  readonly token: string
  readonly timeZone: string
}

export interface DemoPeople {
  /** Of the demo's caller. */
  readonly apiKey: string
  readonly viewers: readonly DemoPerson[]
}

/** Who can be acted for, as `<data>/demo.json` tells it; undefined until a gateway has written that. */
export async function readDemoPeople(dataDir: string): Promise<DemoPeople | undefined> {
  const demo = parseJson(await readFile(join(dataDir, 'demo.json'), 'utf8').catch(() => ''))
  const apiKey = textAt(demo, 'apiKey')
  if (apiKey === undefined) return undefined
  return { apiKey, viewers: listAt(demo, 'viewers').flatMap(person) }
}

function person(viewer: unknown): readonly DemoPerson[] {
  const [userId, token, timeZone] = [textAt(viewer, 'userId'), textAt(viewer, 'token'), textAt(viewer, 'timeZone')]
  return isText(userId) && isText(token) && isText(timeZone) ? [{ userId, token, timeZone }] : []
}
