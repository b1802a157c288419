import { build, setAttributes, setText } from './build-element.ts'
import { icon } from './icon.ts'
import type { Times } from './times.ts'
import type { Words } from './words.ts'

export interface Bell {
  readonly node: HTMLButtonElement
  update(unreadCount: number): void
}

const mostShown = 99

/** The button with the count of unread items. */
export function bell(words: Words, times: Times): Bell {
  const badge = build('span', { class: 'badge', part: 'badge', 'aria-hidden': 'true', hidden: true })
  const node = build('button', { type: 'button', class: 'bell', part: 'bell', 'aria-haspopup': 'dialog' }, badge)
  node.prepend(icon('bell'))
  return {
    node,
    update(unreadCount) {
      const isMany = unreadCount > mostShown
      setText(badge, times.number(Math.min(unreadCount, mostShown)) + (isMany ? '+' : ''))
      setAttributes(badge, { hidden: unreadCount === 0 })
      setAttributes(node, { 'aria-label': words.bell(unreadCount, times.number(unreadCount)) })
    },
  }
}
