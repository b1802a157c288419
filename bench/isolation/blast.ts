import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Whole } from '../whole.ts'
import { region, templates } from './people.ts'

/** A campaign to everybody, as fast as it is granted. */
export interface Blast {
  /** Recipients decided and put on their way. */
  processed(): Promise<number>
  step(name: 'cancel'): Promise<void>
}

const created = z.object({ createCampaign: z.object({ id: z.string() }) })
const stepped = z.object({ step: z.object({ __typename: z.string() }) })
const read = z.object({ campaign: z.object({ processed: z.number(), recipientCount: z.number().nullable() }) })

/** Starts it, and resolves once its first pages are on their way. `openedAfterMs` is how long counting took. */
export async function startBlast({ ask }: Whole): Promise<Blast & { readonly openedAfterMs: number }> {
  const segment = 'mutation ($input: UpsertSegmentInput!) { upsertSegment(input: $input) { __typename } }'
  await ask('bulkApiKey', segment, {
    input: { name: 'bench', filter: { attribute: { path: 'region', equals: region } } },
  })
  const create = `mutation ($input: CreateCampaignInput!) { createCampaign(input: $input) { ... on Campaign { id } } }`
  const input = { name: 'bench', template: templates.MARKETING, data: { n: 1 }, audience: { segment: 'bench' } }
  const { id } = created.parse(await ask('bulkApiKey', create, { input })).createCampaign
  const step = async (name: string) => {
    const mutation = `mutation ($id: ID!) { step: ${name}Campaign(id: $id) { __typename } }`
    const { step: taken } = stepped.parse(await ask('bulkApiKey', mutation, { id }))
    if (taken.__typename !== 'Campaign') throw new Error(`${name}Campaign: ${taken.__typename}`)
  }
  const processed = async () =>
    read.parse(await ask('bulkApiKey', 'query ($id: ID!) { campaign(id: $id) { processed recipientCount } }', { id }))
      .campaign.processed
  const began = performance.now()
  await step('start')
  while ((await processed()) === 0) await pause(50)
  return { step, processed, openedAfterMs: performance.now() - began }
}

const counts = z.object({ fcm: z.object({ accepted: z.number() }) })

/** How many pushes FCM has taken. */
export async function taken({ demo }: Whole): Promise<number> {
  return counts.parse(await (await fetch(`${demo.sandbox}/faults`)).json()).fcm.accepted
}
