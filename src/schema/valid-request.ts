import { GraphQLError } from 'graphql'
import { defaultLifeMs } from '../domain/notification.ts'
import type { TemplateVersion } from '../domain/template.ts'
import type { Channel } from '../domain/words.ts'
import { InvalidInput } from '../errors.ts'
import { findTemplate } from '../store/templates.ts'
import { unknownUserIds } from '../store/users.ts'
import type { Context } from './context.ts'
import { type SendRequest, sendProblems } from './send-problems.ts'

/**
 * The template of a request that could be sent at `now`.
 * @throws InvalidInput with every problem of one that could not; GraphQLError FORBIDDEN for a tier that is not granted
 */
export async function validTemplate(
  request: SendRequest,
  { app, principal, idempotencyKey }: Context,
  now: Date,
): Promise<TemplateVersion> {
  const userIds = request.audience.userIds ?? []
  const [template, unknown] = await Promise.all([
    findTemplate(app.database, request.template),
    userIds.length <= 1000 ? unknownUserIds(app.database, userIds) : [],
  ])
  const granted = principal.kind === 'caller' ? principal.caller.tiers : []
  if (template !== undefined && !granted.includes(template.tier)) {
    throw new GraphQLError(`This API key may not send ${template.tier}.`, { extensions: { code: 'FORBIDDEN' } })
  }
  const facts = { template, unknownUserIds: new Set(unknown), idempotencyHeader: idempotencyKey, now }
  const problems = sendProblems(request, facts)
  if (template === undefined || problems.length > 0) throw new InvalidInput(problems)
  return template
}

export function chosenChannels(request: SendRequest, template: TemplateVersion): readonly Channel[] {
  return template.channels.filter((channel) => request.channels?.includes(channel) ?? true)
}

/** Past it nothing is sent any more. */
export function deadline({ sendAt, expiresAt }: SendRequest, { tier }: TemplateVersion, acceptedAt: Date): Date {
  return expiresAt ?? new Date((sendAt ?? acceptedAt).getTime() + defaultLifeMs[tier])
}
