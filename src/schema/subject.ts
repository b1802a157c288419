import type { Principal } from '../domain/principal.ts'
import { type FieldProblem, InvalidInput } from '../errors.ts'

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

/**
 * The user id. A caller who does not say is told so, together with the other problems of the input.
 *
 * @throws InvalidInput when there is any problem
 */
export function subjectOf(
  { input: { userId } }: SubjectArgs,
  principal: Principal,
  otherProblems: readonly FieldProblem[] = [],
): string {
  const subject = principal.kind === 'viewer' ? principal.userId : (userId ?? undefined)
  if (subject !== undefined && otherProblems.length === 0) return subject
  throw new InvalidInput(subject === undefined ? [unnamed, ...otherProblems] : otherProblems)
}

const unnamed: FieldProblem = {
  path: ['input', 'userId'],
  code: 'REQUIRED',
  message: 'must be given by a caller: only a user means herself',
}

/** Whether what belongs to this user may be shown: to callers, and to herself. */
export function maySee(principal: Principal, userId: string): boolean {
  return principal.kind === 'caller' || (principal.kind === 'viewer' && principal.userId === userId)
}
