import { builder } from './builder.ts'

export const ActionInput = builder.inputType('ActionInput', {
  description: 'A button.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'What the app is told when it is pressed; each once.' }),
    title: t.string({ required: true }),
    deepLink: t.string({ description: 'Where it leads.' }),
  }),
})
