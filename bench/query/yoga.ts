import { createServer } from 'node:http'
import { createYoga } from 'graphql-yoga'
import { schema } from '../../src/schema/schema.ts'
import { contender, listening } from './contender.ts'
import { userId } from './inbox.ts'
import { inboxFromMemory } from './inbox-from-memory.ts'

/** Yoga as it comes, with the same schema and rows. It is spared the authentication: everybody is the viewer. */
const principal = { kind: 'viewer', userId, expiresAt: undefined }
const yoga = createYoga({ schema: inboxFromMemory(schema), context: () => ({ principal }) })
contender(`${await listening(createServer(yoga))}/graphql`)
