import type { InboxItem } from '../client/index.ts'
import { build, setAttributes } from './build-element.ts'
import { type ItemHandlers, type ItemView, itemView } from './item-view.ts'
import type { Times } from './times.ts'
import type { Words } from './words.ts'

export interface FeedSettings {
  readonly words: Words
  readonly times: Times
  readonly handlers: ItemHandlers
  /** The end of what is here has come into sight. */
  readonly onEnd: () => void
  /** Ctrl+Home and Ctrl+End: out of the feed, at its beginning or its end. */
  readonly onLeave: (towards: 'before' | 'after') => void
}

export interface FeedState {
  readonly items: readonly InboxItem[]
  readonly hasMore: boolean
  readonly isBusy: boolean
  readonly now: Date
}

export interface Feed {
  readonly node: HTMLElement
  update(state: FeedState): void
  focusFirst(): boolean
}

/** https://www.w3.org/WAI/ARIA/apg/patterns/feed/ */
export function feed({ words, times, handlers, onEnd, onLeave }: FeedSettings): Feed {
  const views = new Map<string, ItemView>()
  const list = build('div', { role: 'feed', 'aria-label': words.title })
  const end = build('p', { class: 'end', part: 'end' })
  const node = build('div', { class: 'scroller', part: 'list' }, list, end)
  const watcher = new IntersectionObserver(([entry]) => entry?.isIntersecting && onEnd(), {
    root: node,
    rootMargin: '300px',
  })
  watcher.observe(end)

  const articles = () => [...list.querySelectorAll('article')]

  function focusBeside(by: 1 | -1): void {
    const all = articles()
    const index = all.findIndex((each) => each.contains(focused(list)))
    const next = all[index + by]
    next?.focus()
    if (!next && by === 1) onEnd()
  }

  list.addEventListener('keydown', (event) => {
    const key = event.ctrlKey || event.metaKey ? `Ctrl+${event.key}` : event.key
    const moves: Readonly<Record<string, () => void>> = {
      PageDown: () => focusBeside(1),
      PageUp: () => focusBeside(-1),
      'Ctrl+Home': () => onLeave('before'),
      'Ctrl+End': () => onLeave('after'),
    }
    const move = moves[key]
    if (!move) return
    event.preventDefault()
    move()
  })

  /** Whoever was on an item that goes away is on the one that takes its place. */
  function removeGone(items: readonly InboxItem[]): void {
    const left = new Set(items.map(({ id }) => id))
    for (const [id, { node: gone }] of views) {
      if (left.has(id)) continue
      if (gone.contains(focused(list))) {
        const all = articles()
        const index = all.indexOf(gone)
        const next = all
          .slice(index + 1)
          .concat(all.slice(0, index).reverse())
          .find(({ dataset }) => left.has(dataset['id'] ?? ''))
        if (next) next.focus()
        else onLeave('before')
      }
      gone.remove()
      views.delete(id)
    }
  }

  return {
    node,
    update({ items, hasMore, isBusy, now }) {
      removeGone(items)
      let dayBefore = ''
      let place = list.firstElementChild
      for (const [index, item] of items.entries()) {
        const view = views.get(item.id) ?? itemView(item, words, times, handlers)
        views.set(item.id, view)
        const day = times.day(item.sentAt, now)
        const size = hasMore ? -1 : items.length
        view.update(item, { position: index + 1, size, day: day === dayBefore ? null : day, now })
        dayBefore = day
        if (view.node === place) place = place.nextElementSibling
        else list.insertBefore(view.node, place)
      }
      setAttributes(list, { 'aria-busy': isBusy ? 'true' : null, hidden: items.length === 0 })
      setAttributes(end, { hidden: items.length === 0 && !hasMore })
      end.textContent = isBusy ? words.loading : hasMore ? '' : words.end
      // It was in sight already, and is still: that is no news to the watcher.
      watcher.unobserve(end)
      watcher.observe(end)
    },
    focusFirst() {
      const [first] = articles()
      first?.focus()
      return first !== undefined
    },
  }
}

function focused(node: Node): Element | null {
  const root = node.getRootNode()
  return root instanceof ShadowRoot ? root.activeElement : document.activeElement
}
