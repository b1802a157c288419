import type { Caller, Principal } from '../domain/principal.ts'

/** Whose things a principal sees: undefined, everybody's. */
export function ownerSeenBy(principal: Principal): string | undefined {
  return principal.kind === 'caller' && !principal.caller.admin ? principal.caller.id : undefined
}

export function isOwn(principal: Principal, { callerId }: { readonly callerId: string }): boolean {
  return principal.kind === 'caller' && (principal.caller.admin || principal.caller.id === callerId)
}

export function callerOf(principal: Principal): Caller {
  if (principal.kind !== 'caller') throw new Error('reached without a caller')
  return principal.caller
}
