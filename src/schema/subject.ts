import type { Principal } from '../domain/principal.ts'
import { InvalidInput } from '../errors.ts'

/** Whom an operation is about, where a viewer means herself and a caller has to say. */
interface SubjectArgs {
  readonly input: { readonly userId?: string | null | undefined }
}

/** `authScopes` of such an operation: a viewer who names somebody else is refused. */
export function subjectScopes(
  _parent: unknown,
  { input: { userId } }: SubjectArgs,
  { principal }: { readonly principal: Principal },
): boolean | { callerOrViewer: true } {
  const names = userId ?? undefined
  return principal.kind === 'viewer' && names !== undefined && names !== principal.userId
    ? false
    : { callerOrViewer: true }
}

/** The user id. A caller who does not say is told so. */
export function subjectOf({ input: { userId } }: SubjectArgs, principal: Principal): string {
  if (principal.kind === 'viewer') return principal.userId
  if (userId !== null && userId !== undefined) return userId
  throw new InvalidInput([
    { path: ['input', 'userId'], code: 'REQUIRED', message: 'must be given by a caller: only a user means herself' },
  ])
}

/** Whether what belongs to this user may be shown: to callers, and to herself. */
export function maySee(principal: Principal, userId: string): boolean {
  return principal.kind === 'caller' || (principal.kind === 'viewer' && principal.userId === userId)
}
