import type { CardTemplate, TemplateContent, TemplateVersion } from '../domain/template.ts'
import type { FieldProblem } from '../errors.ts'
import { safeImage, safeLink } from './links.ts'
import { schemaValidator } from './schema-validator.ts'
import { parseText, type TextKind } from './text.ts'

/** What upsertTemplate is asked to store. */
export type TemplateDraft = Pick<TemplateVersion, 'name' | 'category' | 'sensitive' | 'dataSchema' | 'contents'>

type Path = readonly string[]

const namePattern = /^[A-Za-z0-9_.:-]{1,128}$/

/** Everything that has to change before a template can be stored and sent. Empty: `compileTemplate` will not throw. */
export function templateProblems(draft: TemplateDraft): readonly FieldProblem[] {
  return [
    ...nameProblems(draft.name, ['input', 'name']),
    ...nameProblems(draft.category, ['input', 'category']),
    ...schemaProblems(draft.dataSchema),
    ...contentsProblems(draft),
  ]
}

function nameProblems(name: string, path: Path): readonly FieldProblem[] {
  return namePattern.test(name) ? [] : [{ path, code: 'BAD_NAME', message: 'must be 1 to 128 of A-Z a-z 0-9 _ . : -' }]
}

function schemaProblems(schema: unknown): readonly FieldProblem[] {
  if (schema === undefined || schema === null) return []
  try {
    schemaValidator(schema)
    return []
  } catch (error) {
    return [{ path: ['input', 'dataSchema'], code: 'JSON_SCHEMA', message: `must be a JSON Schema: ${said(error)}` }]
  }
}

function contentsProblems({ contents, sensitive }: TemplateDraft): readonly FieldProblem[] {
  if (contents.length === 0) return [required(['input', 'contents'], 'must have at least one language')]
  return contents.flatMap((content, index) => {
    const path = ['input', 'contents', String(index)]
    return [
      ...localeProblems(contents, index, content.locale, [...path, 'locale']),
      ...channelProblems(content, path),
      ...(sensitive && content.inApp ? [secretInInbox([...path, 'inApp'])] : []),
    ]
  })
}

function localeProblems(
  contents: readonly TemplateContent[],
  index: number,
  locale: string,
  path: Path,
): readonly FieldProblem[] {
  if (!isLocale(locale))
    return [{ path, code: 'BAD_LOCALE', message: `"${locale}" is no BCP 47 language tag: "en", "pt-BR", "zh-Hant"` }]
  const earlier = contents.slice(0, index).some((each) => each.locale.toLowerCase() === locale.toLowerCase())
  return earlier ? [{ path, code: 'DUPLICATE_LOCALE', message: `"${locale}" is there already` }] : []
}

function channelProblems({ inApp, push, email, sms }: TemplateContent, path: Path): readonly FieldProblem[] {
  if (!inApp && !push && !email && !sms) return [required(path, 'must have at least one of inApp, push, email, sms')]
  return [
    ...(inApp ? cardProblems(inApp, [...path, 'inApp']) : []),
    ...(push ? cardProblems(push, [...path, 'push']) : []),
    ...(email
      ? [
          ...textProblems(email.subject, [...path, 'email', 'subject']),
          ...textProblems(email.html, [...path, 'email', 'html'], 'html'),
          ...liquidProblems(email.text, [...path, 'email', 'text']),
        ]
      : []),
    ...(sms ? textProblems(sms.body, [...path, 'sms', 'body']) : []),
  ]
}

function cardProblems({ title, body, imageUrl, deepLink, actions }: CardTemplate, path: Path): readonly FieldProblem[] {
  return [
    ...textProblems(title, [...path, 'title']),
    ...textProblems(body, [...path, 'body']),
    ...linkProblems(imageUrl, [...path, 'imageUrl'], safeImage),
    ...linkProblems(deepLink, [...path, 'deepLink'], safeLink),
    ...(actions ?? []).flatMap((action, index, all) => {
      const at = [...path, 'actions', String(index)]
      const earlier = all.slice(0, index).some((each) => each.id === action.id)
      return [
        ...(action.id.trim() === '' ? [required([...at, 'id'], 'must not be empty')] : []),
        ...(earlier
          ? [{ path: [...at, 'id'], code: 'DUPLICATE_ACTION', message: `"${action.id}" is there already` }]
          : []),
        ...textProblems(action.title, [...at, 'title']),
        ...linkProblems(action.deepLink, [...at, 'deepLink'], safeLink),
      ]
    }),
  ]
}

function textProblems(source: string, path: Path, kind: TextKind = 'plain'): readonly FieldProblem[] {
  return source.trim() === '' ? [required(path, 'must not be empty')] : liquidProblems(source, path, kind)
}

function linkProblems(
  source: string | undefined,
  path: Path,
  safe: (url: string) => string | undefined,
): readonly FieldProblem[] {
  const problems = liquidProblems(source, path)
  // What Liquid makes of a link is only known for each recipient, and is left out then.
  if (!source?.trim() || problems.length > 0 || source.includes('{') || safe(source)) return problems
  return [{ path, code: 'BAD_LINK', message: 'must be a link that may be followed: https, or a scheme of your app' }]
}

function liquidProblems(source: string | undefined, path: Path, kind: TextKind = 'plain'): readonly FieldProblem[] {
  if (!source) return []
  try {
    parseText(source, kind)
    return []
  } catch (error) {
    return [{ path, code: 'LIQUID_SYNTAX', message: said(error) }]
  }
}

function isLocale(locale: string): boolean {
  try {
    return Intl.getCanonicalLocales(locale).length === 1
  } catch {
    return false
  }
}

function secretInInbox(path: Path): FieldProblem {
  return { path, code: 'SENSITIVE_IN_APP', message: 'must be left out: a sensitive template is not kept in the inbox' }
}

function required(path: Path, message: string): FieldProblem {
  return { path, code: 'REQUIRED', message }
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
