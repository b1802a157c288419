import type { FieldProblem } from '../errors.ts'
import { jsonProblem } from './json-value.ts'
import type { TemplateContent } from './template.ts'

const limits = {
  dataSchema: { maxBytes: 65_536, maxDepth: 40 },
  /** One language; Gmail clips an e-mail at 102 KB. */
  content: { maxBytes: 262_144, maxDepth: 10 },
}

/** What the store cannot or should not hold of a template, whatever it means. */
export function templateLimitProblems(template: {
  readonly dataSchema?: unknown
  readonly contents: readonly TemplateContent[]
}): readonly FieldProblem[] {
  const wrongSchema = jsonProblem(template.dataSchema, limits.dataSchema)
  return [
    ...(wrongSchema ? [problem(['dataSchema'], wrongSchema)] : []),
    ...template.contents.flatMap((content, index) => {
      const wrong = jsonProblem(content, limits.content)
      return wrong ? [problem(['contents', String(index)], wrong)] : []
    }),
  ]
}

function problem(path: readonly string[], mustWhat: string): FieldProblem {
  return { path: ['input', ...path], code: 'NOT_STORABLE', message: `must ${mustWhat}` }
}
