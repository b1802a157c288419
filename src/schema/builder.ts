import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { GraphQLError } from 'graphql'
import { isStorableText } from '../domain/json-value.ts'
import type { Principal } from '../domain/principal.ts'
import type { Context } from './context.ts'
import { typeOfId } from './node-ids.ts'

export interface SchemaTypes {
  Context: Context
  DefaultFieldNullability: false
  DefaultInputFieldRequiredness: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    JSON: { Input: unknown; Output: unknown }
  }
  AuthScopes: { caller: boolean; bulk: boolean; admin: boolean; viewer: boolean; callerOrViewer: boolean }
}

/** The builder's own types, with every default filled in. */
export type Types = typeof builder.$inferSchemaTypes

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ErrorsPlugin, ScopeAuthPlugin, RelayPlugin],
  defaultFieldNullability: false,
  errors: { defaultTypes: [], directResult: true },
  scopeAuth: {
    authScopes: ({ principal }) => scopes(principal),
    // Not only when there is an event to resolve.
    authorizeOnSubscribe: true,
    // A refusal is a GraphQL error, not a member of a result union.
    unauthorizedError: (_parent, { principal }) => refusal(principal),
    treatErrorsAsUnauthorized: false,
  },
  relay: {
    encodeGlobalID: (_typename, id) => `${id}`,
    decodeGlobalID: (id, { principal }) => ({ typename: typeOfId(id, principal), id }),
    edgesFieldOptions: { nullable: { list: false, items: false } },
    nodesOnConnection: true,
    edgeCursorType: 'String',
    cursorType: 'String',
    nodeFieldOptions: { nullable: false },
    nodesQueryOptions: false,
    nodeQueryOptions: {
      authScopes: { callerOrViewer: true },
      description:
        'Anything by its id: each id of ours tells its type. Null where there is no such thing, or it is not yours.',
      // Pothos asks for a type without looking whether it exists, and PostgreSQL refuses some texts.
      resolve: (_root, { id }, _context, { schema }, load) =>
        schema.getType(id.typename) && isStorableText(id.id) ? load(id) : null,
    },
  },
})

builder.queryType({})
builder.mutationType({})
builder.subscriptionType({})

function scopes(principal: Principal): SchemaTypes['AuthScopes'] {
  const caller = principal.kind === 'caller' ? principal.caller : undefined
  const viewer = principal.kind === 'viewer'
  return {
    caller: caller !== undefined,
    bulk: caller !== undefined && (caller.bulk || caller.admin),
    admin: caller?.admin ?? false,
    viewer,
    callerOrViewer: caller !== undefined || viewer,
  }
}

function refusal(principal: Principal): GraphQLError {
  return principal.kind === 'nobody'
    ? new GraphQLError('Sign in: send "Authorization: Bearer <API key or user token>".', {
        extensions: { code: 'UNAUTHENTICATED' },
      })
    : new GraphQLError(`A ${principal.kind} may not do this.`, { extensions: { code: 'FORBIDDEN' } })
}
