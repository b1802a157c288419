import { isStorableText } from '../domain/json-value.ts'
import type { Principal } from '../domain/principal.ts'
import { type FieldProblem, InvalidInput, NotFound } from '../errors.ts'
import { setHardStop } from '../store/hard-stop.ts'
import { builder } from './builder.ts'
import { consentSource } from './consent-source.ts'
import { Preferences } from './preferences.ts'
import { subjectOf, subjectScopes } from './subject.ts'

const HardStopInput = builder.inputType('HardStopInput', {
  fields: (t) => ({
    userId: t.id({ description: 'Callers only; a viewer stops her own.' }),
    active: t.boolean({ required: true, description: 'false lifts it: administrators only.' }),
    reason: t.string({ required: true, description: '1 to 500 characters, for the record.' }),
  }),
})

builder.mutationField('setHardStop', (t) =>
  t.field({
    type: Preferences,
    errors: { types: [NotFound, InvalidInput], union: { name: 'HardStopResult' } },
    authScopes: hardStopScopes,
    description: 'Nothing is sent to this user any more, on any channel, of any tier, from the answer on.',
    args: { input: t.arg({ type: HardStopInput, required: true }) },
    resolve: async (_root, args, { app, principal }) => {
      const { active, reason } = args.input
      const userId = subjectOf(args, principal, reasonProblems(reason))
      const source = consentSource(principal)
      const preferences = await setHardStop(app.database, { userId, active, reason, source, at: app.now() })
      if (preferences === undefined) throw new NotFound('user', userId)
      return preferences
    },
  }),
)

interface HardStopArgs {
  readonly input: { readonly userId?: string | null | undefined; readonly active: boolean }
}

function hardStopScopes(parent: unknown, args: HardStopArgs, context: { readonly principal: Principal }) {
  return args.input.active ? subjectScopes(parent, args, context) : { admin: true }
}

function reasonProblems(reason: string): readonly FieldProblem[] {
  const isGood = reason.trim() !== '' && reason.length <= 500 && isStorableText(reason)
  return isGood ? [] : [{ path: ['input', 'reason'], code: 'BAD_REASON', message: 'must be 1 to 500 characters' }]
}
