import { schema } from '../../src/schema/schema.ts'
import { benchGateway } from '../gateway.ts'
import { contender } from './contender.ts'
import { inboxFromMemory } from './inbox-from-memory.ts'

/** `carillon.ts memory | postgres`: the gateway as it is, with authentication, limits and metrics. */
const { url } = await benchGateway(process.argv[2] === 'memory' ? { schema: inboxFromMemory(schema) } : {})
contender(`${url}/graphql`)
