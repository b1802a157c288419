import * as errors from '../errors.ts'
import { builder } from './builder.ts'

/** Errors that a caller can fix: members of result unions. */
const RequestError = builder.interfaceRef<errors.RequestError>('RequestError').implement({
  description: 'Something you can fix. `code` is stable; `message` says what to change.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable, for programs.' }),
    message: t.exposeString('message', { description: 'What to change, for people.' }),
  }),
})

const FieldError = builder.objectRef<errors.FieldProblem>('FieldError').implement({
  description: 'One problem of an input.',
  fields: (t) => ({
    path: t.stringList({
      description: 'Where it is, from the arguments down: `["input", "audience", "userIds", "3"]`.',
      resolve: (problem) => [...problem.path],
    }),
    code: t.exposeString('code'),
    message: t.exposeString('message'),
  }),
})

builder.objectType(errors.InvalidInput, {
  name: 'InvalidInput',
  description: 'The input has problems: all of them are in `fields`. Nothing was changed.',
  interfaces: [RequestError],
  fields: (t) => ({
    fields: t.field({ type: [FieldError], resolve: (error) => [...error.fields] }),
  }),
})

builder.objectType(errors.NotFound, {
  name: 'NotFound',
  description: 'There is no such thing, or it is not yours.',
  interfaces: [RequestError],
  fields: (t) => ({ id: t.exposeID('id') }),
})

builder.objectType(errors.IdempotencyConflict, {
  name: 'IdempotencyConflict',
  description: 'This idempotency key was used with another body within the last 24 hours.',
  interfaces: [RequestError],
  fields: (t) => ({
    idempotencyKey: t.exposeString('idempotencyKey'),
    existingId: t.exposeID('existingId', { description: 'What was made with that key.' }),
  }),
})

builder.objectType(errors.Overloaded, {
  name: 'Overloaded',
  description: 'This tier is shed at the moment; the others are not.',
  interfaces: [RequestError],
  fields: (t) => ({ retryAfterMs: t.exposeInt('retryAfterMs') }),
})

builder.objectType(errors.WrongState, {
  name: 'WrongState',
  description: 'It is in a state in which this cannot be done.',
  interfaces: [RequestError],
  fields: (t) => ({ state: t.exposeString('state') }),
})
