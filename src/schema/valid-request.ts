import { GraphQLError } from 'graphql'
import { type Audience, defaultLifeMs } from '../domain/notification.ts'
import type { Principal } from '../domain/principal.ts'
import type { TemplateVersion } from '../domain/template.ts'
import type { Channel } from '../domain/words.ts'
import { type FieldProblem, InvalidInput } from '../errors.ts'
import type { Database } from '../store/database.ts'
import { findSegment } from '../store/segments.ts'
import { findTemplate } from '../store/templates.ts'
import { topicExists } from '../store/topics.ts'
import { unknownUserIds } from '../store/users.ts'
import type { Context } from './context.ts'
import { maxUserIds, type RequestedAudience, type SendRequest, sendProblems } from './send-problems.ts'

/** What a request without problems says: the template it names, and whom it is for. */
export interface ValidRequest {
  readonly template: TemplateVersion
  readonly audience: Audience
}

/**
 * Reads what a request speaks of, which could be sent at `now`.
 * @throws InvalidInput with every problem of one that could not; GraphQLError FORBIDDEN for a tier or an audience that is
 * not granted
 */
export async function validRequest(request: SendRequest, context: Context, now: Date): Promise<ValidRequest> {
  const { template, audience, refusal, problems } = await examineRequest(request, context, now)
  if (refusal !== undefined) throw forbidden(refusal)
  if (template === undefined || audience === undefined || problems.length > 0) throw new InvalidInput(problems)
  return { template, audience }
}

export interface Examined {
  /** undefined: there is none of that name. */
  readonly template: TemplateVersion | undefined
  /** undefined: there is no such topic or segment. */
  readonly audience: Audience | undefined
  /** Why the caller may not send it at all. */
  readonly refusal: string | undefined
  readonly problems: readonly FieldProblem[]
}

export async function examineRequest(
  request: SendRequest,
  { app, principal, idempotencyKey }: Context,
  now: Date,
): Promise<Examined> {
  const [template, { audience, unknown }] = await Promise.all([
    findTemplate(app.database, request.template),
    findAudience(app.database, request.audience),
  ])
  const facts = { template, unknown, idempotencyHeader: idempotencyKey, now }
  const refusal = notGranted(request, template, principal)
  return { template, audience, refusal, problems: sendProblems(request, facts) }
}

export function forbidden(refusal: string): GraphQLError {
  return new GraphQLError(refusal, { extensions: { code: 'FORBIDDEN' } })
}

export function chosenChannels(request: SendRequest, template: TemplateVersion): readonly Channel[] {
  return template.channels.filter((channel) => request.channels?.includes(channel) ?? true)
}

/** Past it nothing is sent any more. */
export function deadline({ sendAt, expiresAt }: SendRequest, { tier }: TemplateVersion, acceptedAt: Date): Date {
  return expiresAt ?? new Date((sendAt ?? acceptedAt).getTime() + defaultLifeMs[tier])
}

function notGranted(
  { audience }: SendRequest,
  template: TemplateVersion | undefined,
  principal: Principal,
): string | undefined {
  const caller = principal.kind === 'caller' ? principal.caller : undefined
  if (template !== undefined && !caller?.tiers.includes(template.tier))
    return `This API key may not send ${template.tier}.`
  const isBulk = typeof audience.topic === 'string' || typeof audience.segment === 'string'
  if (isBulk && !caller?.bulk && !caller?.admin) return 'This API key may not send to topics and segments.'
  return undefined
}

interface FoundAudience {
  /** undefined: there is no such topic or segment. */
  readonly audience: Audience | undefined
  /** What of it does not exist: users, the topic, the segment. */
  readonly unknown: ReadonlySet<string>
}

async function findAudience(database: Database, requested: RequestedAudience): Promise<FoundAudience> {
  const { userIds, followersOf, topic, segment } = requested
  if (typeof followersOf === 'string') return found({ followersOf })
  if (typeof topic === 'string') return (await topicExists(database.pool, topic)) ? found({ topic }) : missing(topic)
  if (typeof segment === 'string') {
    const { filter } = (await findSegment(database.pool, segment)) ?? {}
    return filter === undefined ? missing(segment) : found({ segment, filter })
  }
  const distinct = [...new Set(userIds ?? [])]
  const unknown = distinct.length <= maxUserIds ? await unknownUserIds(database, distinct) : []
  return found({ userIds: distinct }, unknown)
}

function found(audience: Audience, unknown: readonly string[] = []): FoundAudience {
  return { audience, unknown: new Set(unknown) }
}

function missing(name: string): FoundAudience {
  return { audience: undefined, unknown: new Set([name]) }
}
