import { CreateCallerDocument, type CreateCallerInput } from '../generated/operations.ts'
import { ask, type Service } from './graphql.ts'

/** The API key of a new caller that may send every tier. */
export async function aCallersKey(service: Service, grants: Partial<CreateCallerInput> = {}): Promise<string> {
  const input: CreateCallerInput = { name: 'a test', tiers: ['TRANSACTIONAL', 'SOCIAL', 'MARKETING'], ...grants }
  const { createCaller } = await ask(service, service.demo.adminApiKey, CreateCallerDocument, { input })
  if (createCaller.__typename !== 'CallerKeyPayload') throw new Error(createCaller.message)
  return createCaller.apiKey
}
