import { randomBytes } from 'node:crypto'
import { ulid } from 'ulid'
import { callerProblems } from '../domain/caller-input.ts'
import type { Caller as CallerShape } from '../domain/principal.ts'
import { InvalidInput, NotFound } from '../errors.ts'
import * as callers from '../store/callers.ts'
import { builder } from './builder.ts'
import { callerId, isCallerId } from './node-ids.ts'
import { Tier } from './words.ts'

const Caller = builder.objectRef<CallerShape>('Caller')

builder.node(Caller, {
  id: { resolve: (caller) => caller.id },
  authScopes: { admin: true },
  description: 'A backend service with an API key and grants.',
  loadOne: (id, { app }) => callers.findCaller(app.database, id),
  fields: (t) => ({
    name: t.exposeString('name'),
    tiers: t.field({ type: [Tier], resolve: (caller) => [...caller.tiers] }),
    perMinute: t.exposeInt('perMinute', { description: 'Mutations a minute; a full bucket holds as many.' }),
    bulk: t.exposeBoolean('bulk', { description: 'May send to topics and segments.' }),
    admin: t.exposeBoolean('admin', { description: 'May change templates and callers, and sees everything.' }),
    campaignPerSecond: t.exposeInt('campaignPerSecond', {
      nullable: true,
      description: 'The fastest pace of its campaigns, in recipients a second.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true }),
  }),
})

const CallerKeyPayload = builder
  .objectRef<{ readonly caller: CallerShape; readonly apiKey: string }>('CallerKeyPayload')
  .implement({
    fields: (t) => ({
      caller: t.field({ type: Caller, resolve: (payload) => payload.caller }),
      apiKey: t.exposeString('apiKey', { description: 'Shown this once: only its hash is kept.' }),
    }),
  })

const CallerKeyResult = builder.errorUnion('CallerKeyResult', {
  types: [CallerKeyPayload, InvalidInput, NotFound],
  resolveType: () => 'CallerKeyPayload',
})

builder.queryField('callers', (t) =>
  t.field({
    type: [Caller],
    authScopes: { admin: true },
    description: 'Every caller, revoked ones too.',
    resolve: (_root, _args, { app }) => callers.listCallers(app.database),
  }),
)

const CreateCallerInput = builder.inputType('CreateCallerInput', {
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 100 characters.' }),
    tiers: t.field({ type: [Tier], required: true, description: 'What it may send: at least one.' }),
    perMinute: t.int({ required: true, defaultValue: 1_000, description: 'Mutations a minute: 1 to 1,000,000.' }),
    bulk: t.boolean({ required: true, defaultValue: false }),
    admin: t.boolean({ required: true, defaultValue: false }),
    campaignPerSecond: t.int(),
  }),
})

builder.mutationField('createCaller', (t) =>
  t.field({
    type: CallerKeyResult,
    authScopes: { admin: true },
    args: { input: t.arg({ type: CreateCallerInput, required: true }) },
    resolve: async (_root, { input }, { app }) => {
      const problems = callerProblems(input)
      if (problems.length > 0) throw new InvalidInput(problems)
      const apiKey = callers.newApiKey(randomBytes(32))
      const now = app.now()
      const caller = await callers.insertCaller(app.database, {
        ...input,
        campaignPerSecond: input.campaignPerSecond ?? null,
        id: callerId(ulid(now.getTime())),
        keyHash: callers.hashApiKey(apiKey),
        createdAt: now,
      })
      return { caller, apiKey }
    },
  }),
)

builder.mutationField('rotateCallerKey', (t) =>
  t.field({
    type: CallerKeyResult,
    authScopes: { admin: true },
    description: 'A new key. The old one works for one more hour.',
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { app }) => {
      const apiKey = callers.newApiKey(randomBytes(32))
      const keyHash = callers.hashApiKey(apiKey)
      const caller = isCallerId(id) ? await callers.replaceCallerKey(app.database, id, keyHash) : undefined
      if (caller === undefined) throw new NotFound('caller', id)
      return { caller, apiKey }
    },
  }),
)

builder.mutationField('revokeCaller', (t) =>
  t.field({
    type: Caller,
    errors: { types: [NotFound], union: { name: 'RevokeCallerResult' } },
    authScopes: { admin: true },
    description: 'Its keys are refused from now on.',
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { app }) => {
      const caller = isCallerId(id) ? await callers.revokeCaller(app.database, id) : undefined
      if (caller === undefined) throw new NotFound('caller', id)
      return caller
    },
  }),
)
