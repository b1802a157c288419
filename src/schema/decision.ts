import type { Step } from '../domain/account.ts'
import { builder } from './builder.ts'
import { Channel } from './words.ts'

export const Decision = builder.objectRef<Step>('Decision').implement({
  description: 'One step on the way of a delivery: what was decided about it, or what happened to it.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime' }),
    channel: t.expose('channel', { type: Channel }),
    rule: t.exposeString('rule', {
      description:
        'Which one decided, in their order: `expiry`, `hard_stop`, `available`, `preference`, `tier`, `frequency_cap`, `quiet_hours`, `deliver`; `notify`: of an actor with very many followers, only those who asked get more than the inbox. Of what happened since: `attempt` for a call to a provider, `state` for what became of it.',
    }),
    outcome: t.exposeString('outcome', {
      description:
        'A decision: `deliver`, `defer`, `suppress` or `expire`; an attempt: what the provider did (`accepted` …); later: its state in lower case (`sent` …).',
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description:
        "`opted_out`, `quiet_hours`, `no_address`, `bounced`, `complained` …; of an attempt, the provider's own word.",
    }),
    until: t.expose('until', { type: 'DateTime', nullable: true, description: 'Until when it is held back.' }),
    provider: t.exposeString('provider', { nullable: true, description: 'Which one was called.' }),
  }),
})
