import { filters, Liquid, type LiquidOptions } from 'liquidjs'
import { parseSimpleText } from './simple-text.ts'

/** A Liquid text that has been parsed. */
export type Text = (scope: Scope) => string

export type Scope = Readonly<Record<string, unknown>>

/** In `html` every value is escaped unless its last filter is `raw`. */
export type TextKind = 'plain' | 'html'

const options: LiquidOptions = {
  strictVariables: true,
  strictFilters: true,
  // A missing variable may be asked about (`if`) and replaced (`default`), never printed.
  lenientIf: true,
  ownPropertyOnly: true,
  // The same text wherever the process runs.
  timezoneOffset: 0,
  locale: 'en-US',
  // Limits on what a template may cost: characters, milliseconds, and units of allocation, for each text.
  parseLimit: 500_000,
  renderLimit: 250,
  memoryLimit: 2_000_000,
}

const entity: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': '#34', "'": '#39' }

const engines = {
  plain: { liquid: engine(options), escaped: (value: string) => value },
  html: { liquid: htmlEngine(), escaped: escapeHtml },
} as const satisfies Record<TextKind, unknown>

/** Throws liquidjs's ParseError, whose message names the line. */
export function parseText(source: string, kind: TextKind): Text {
  const { liquid, escaped } = engines[kind]
  const parsed = liquid.parse(source)
  // A filter may cut a character in half, which neither PostgreSQL nor a provider would take.
  const slow: Text = (scope) => String(liquid.renderSync(parsed, scope)).toWellFormed()
  const simple = parseSimpleText(source, escaped)
  return simple === undefined ? slow : (scope) => simple(scope) ?? slow(scope)
}

function htmlEngine(): Liquid {
  const liquid = engine({ ...options, outputEscape: 'escape' })
  // Otherwise `{{ name | escape }}`, as people write it for other Liquids, would be escaped twice.
  const escapeFilter = filters['escape']
  if (typeof escapeFilter === 'function') liquid.registerFilter('escape', { handler: escapeFilter, raw: true })
  return liquid
}

function engine(options: LiquidOptions): Liquid {
  const liquid = new Liquid(options)
  // These read files.
  for (const tag of ['include', 'render', 'layout', 'block']) delete liquid.tags[tag]
  return liquid
}

/** To the letter what liquidjs's own escape does. */
function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&${entity[character] ?? ''};`)
}
