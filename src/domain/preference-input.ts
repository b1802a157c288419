import type { FieldProblem } from '../errors.ts'
import { isLocale, isTimeZone } from './place.ts'
import type { CategoryChange, ChannelChange, PreferenceChange, QuietHoursChange } from './preference-change.ts'
import type { Channel } from './words.ts'

/** In one change. */
export const maxCategoryChanges = 200

/** What a template's category may be: nobody can mute anything else. */
const categoryPattern = /^[A-Za-z0-9_.:-]{1,128}$/
const timePattern = /^(?:[01]\d|2[0-3]):[0-5]\d$/

/** Every problem of a change of preferences. A category that no template has is none. */
export function preferenceProblems(change: PreferenceChange): readonly FieldProblem[] {
  const { timeZone, locale, channelOrder, channels, categories, quietHours } = change
  return [
    ...(typeof timeZone === 'string' && !isTimeZone(timeZone)
      ? [problem(['timeZone'], 'BAD_TIME_ZONE', 'must be an IANA name: "Europe/Berlin"')]
      : []),
    ...(typeof locale === 'string' && !isLocale(locale)
      ? [problem(['locale'], 'BAD_LOCALE', 'must be a BCP 47 tag: "en", "pt-BR"')]
      : []),
    ...orderProblems(channelOrder ?? undefined),
    ...channelProblems(channels ?? []),
    ...categoriesProblems(categories ?? []),
    ...quietHoursProblems(quietHours ?? undefined),
  ]
}

function orderProblems(order: readonly Channel[] | undefined): readonly FieldProblem[] {
  if (order === undefined) return []
  return [
    ...duplicates(order).map(([index, first]) =>
      problem(['channelOrder', String(index)], 'DUPLICATE_CHANNEL', `is the channel at ${first} again`),
    ),
    ...(order.includes('IN_APP') ? [] : [problem(['channelOrder'], 'REQUIRED', 'must have IN_APP in it')]),
  ]
}

function channelProblems(changes: readonly ChannelChange[]): readonly FieldProblem[] {
  return duplicates(changes.map(({ channel }) => channel)).map(([index, first]) =>
    problem(['channels', String(index), 'channel'], 'DUPLICATE_CHANNEL', `is the channel at ${first} again`),
  )
}

function categoriesProblems(changes: readonly CategoryChange[]): readonly FieldProblem[] {
  if (changes.length > maxCategoryChanges) {
    const message = `must be at most ${maxCategoryChanges} at once, not ${changes.length}`
    return [problem(['categories'], 'OUT_OF_RANGE', message)]
  }
  return [
    ...changes.flatMap(({ category }, index) =>
      categoryPattern.test(category)
        ? []
        : [
            problem(
              ['categories', String(index), 'category'],
              'BAD_CATEGORY',
              'must be 1 to 128 of A-Z a-z 0-9 _ . : -',
            ),
          ],
    ),
    ...duplicates(changes.map(({ category, channel }) => `${category} ${channel ?? '*'}`)).map(([index, first]) =>
      problem(['categories', String(index)], 'DUPLICATE_CATEGORY', `is the category and channel at ${first} again`),
    ),
  ]
}

function quietHoursProblems(quietHours: QuietHoursChange | undefined): readonly FieldProblem[] {
  if (quietHours === undefined) return []
  return [
    ...(['start', 'end'] as const).flatMap((field) =>
      timePattern.test(quietHours[field])
        ? []
        : [problem(['quietHours', field], 'BAD_TIME', 'must be HH:MM, from 00:00 to 23:59')],
    ),
    ...duplicates(quietHours.days ?? []).map(([index, first]) =>
      problem(['quietHours', 'days', String(index)], 'DUPLICATE_DAY', `is the day at ${first} again`),
    ),
  ]
}

/** The index of each word that was there before, with the index of the first one. */
function duplicates(words: readonly string[]): readonly (readonly [number, number])[] {
  return words.flatMap((word, index) => {
    const first = words.indexOf(word)
    return first < index ? [[index, first] as const] : []
  })
}

function problem(path: readonly string[], code: string, message: string): FieldProblem {
  return { path: ['input', ...path], code, message }
}
