import { builder } from './builder.ts'

export const AudienceInput = builder.inputType('AudienceInput', {
  description: 'Whom it is for. TRANSACTIONAL goes to `userIds` only.',
  isOneOf: true,
  fields: (t) => ({
    userIds: t.idList({ description: '1 to 1,000 of your own ids. Duplicates count once.' }),
    followersOf: t.id({ description: 'Whoever follows this actor when it is sent.' }),
    topic: t.string({
      description: 'Whoever is in this topic when it is sent. For callers with the grant `bulk`.',
    }),
    segment: t.string({
      description:
        'Whoever is in this segment, by the filter it has when the notification is accepted. For callers with the grant `bulk`.',
    }),
  }),
})
