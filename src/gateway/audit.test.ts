import { serverAudits } from 'graphql-http'
import { afterAll, describe, expect, it } from 'vitest'
import { aGateway } from './a-gateway.ts'

const { graphql, close } = await aGateway()
afterAll(close)

describe('GraphQL over HTTP, as its specification has it', () => {
  const audits = serverAudits({ url: graphql, fetchFn: fetch })

  it('has 61 checks', () => {
    expect(audits.length).toBe(61)
  })

  it.each(audits.map((audit) => [audit.name, audit] as const))('%s', async (_name, audit) => {
    const { status, ...why } = await audit.fn()
    expect({ status, ...(status !== 'ok' && { why: JSON.stringify(why) }) }).toEqual({ status: 'ok' })
  })
})
