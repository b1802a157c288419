import type { ConsentSource } from '../domain/consent.ts'
import type { Principal } from '../domain/principal.ts'

/** For the record of consent: who is asking, where `authScopes` has let nobody through who has not signed in. */
export function consentSource(principal: Principal): ConsentSource {
  switch (principal.kind) {
    case 'caller':
      return { changedBy: principal.caller.id, credential: 'api_key' }
    case 'viewer':
      return { changedBy: principal.userId, credential: 'user_token' }
    case 'nobody':
      throw new Error('Nobody has got where one has to have signed in.')
  }
}
