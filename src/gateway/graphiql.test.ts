import { parse, validate } from 'graphql'
import { afterAll, expect, test } from 'vitest'
import { schema } from '../schema/schema.ts'
import { aGateway } from './a-gateway.ts'
import { tour } from './graphiql-tour.ts'

const demo = {
  apiKey: 'car_demo',
  adminApiKey: 'car_admin',
  bulkApiKey: 'car_bulk',
  viewerToken: 'a.viewer.token',
  userId: 'ada',
}
const { graphql, close } = await aGateway({ settings: { graphiql: { enabled: true, demo } } })
afterAll(close)

const asBrowser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

test('the page brings everything along, and may load nothing', async () => {
  const response = await fetch(graphql, { headers: asBrowser })
  const html = await response.text()
  expect(response.status).toBe(200)
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(html.match(/<(script|link|img|iframe)[^>]*(src|href)=["']?(https?:)?\/\//g)).toBeNull()
  expect(html.match(/url\(["']?https?:/g)).toBeNull()
})

test('it starts signed in', async () => {
  const html = await (await fetch(graphql, { headers: asBrowser })).text()
  expect(html).toContain('car_demo')
  expect(html).toContain('a.viewer.token')
})

test('a program that asks at the same address gets an answer', async () => {
  const response = await fetch(`${graphql}?query={__typename}`, { headers: { accept: '*/*' } })
  expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
})

test('it can be off', async () => {
  const off = await aGateway({ settings: { graphiql: { enabled: false } } })
  const response = await fetch(off.graphql, { headers: asBrowser })
  await off.close()
  expect(response.headers.get('content-type')).not.toContain('html')
})

test.each(tour(demo).map(({ query }) => [query.split('\n')[0], query] as const))('valid: %s', (_title, query) => {
  expect(validate(schema, parse(query))).toEqual([])
})
