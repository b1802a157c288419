import type { InboxSnapshot } from '../client/index.ts'
import { build } from './build-element.ts'
import { textButton } from './button.ts'
import { type IconName, icon } from './icon.ts'
import type { Words } from './words.ts'

export type BlankKind = 'loading' | 'offline' | 'failed' | 'empty' | 'allRead'

/** What is to be seen instead of a list; undefined: the list. */
export function blankKind(snapshot: InboxSnapshot, shown: number): BlankKind | undefined {
  if (shown > 0) return undefined
  if (!snapshot.isLoaded) {
    if (snapshot.state === 'offline') return 'offline'
    return snapshot.state === 'error' ? 'failed' : 'loading'
  }
  if (snapshot.items.length === 0) return snapshot.hasMore ? 'loading' : 'empty'
  return snapshot.unreadCount === 0 ? 'allRead' : 'loading'
}

export function blank(kind: BlankKind, { error }: InboxSnapshot, words: Words, onRetry: () => void): HTMLElement {
  switch (kind) {
    case 'loading':
      return skeleton(words)
    case 'offline':
      return page('offline', words.offline, words.offlineHint, textButton(words.tryAgain, { class: 'plain' }, onRetry))
    case 'failed': {
      const reason = (error && words.reasons[error.code]) ?? ''
      return page('alert', words.failed, reason, textButton(words.tryAgain, { class: 'plain' }, onRetry))
    }
    case 'empty':
      return page('bell', words.empty, words.emptyHint)
    case 'allRead':
      return page('checks', words.allRead, words.allReadHint)
  }
}

function page(name: IconName, title: string, hint: string, button?: HTMLElement): HTMLElement {
  const drawing = build('span', { class: 'disc' })
  drawing.append(icon(name))
  return build(
    'div',
    { class: 'blank', part: 'blank' },
    drawing,
    build('p', { class: 'title' }, title),
    hint === '' ? null : build('p', { class: 'hint' }, hint),
    button,
  )
}

function skeleton(words: Words): HTMLElement {
  const row = () => build('div', { class: 'bones', 'aria-hidden': 'true' }, build('i'), build('b'), build('b'))
  return build('div', { part: 'blank' }, build('p', { class: 'unseen' }, words.loading), row(), row(), row(), row())
}
