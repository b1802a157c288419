import { createInbox, type Inbox, type Token } from '../client/index.ts'
import { type Mounted, mount } from './mount.ts'
import type { Category } from './preference-rows.ts'
import { styles } from './styles.ts'
import { english, type Words } from './words.ts'

export { createInbox } from '../client/index.ts'
export type { OpenDetail } from './mount.ts'
export type { Category, Words }

/**
 * `<carillon-inbox url="https://notify.example.com/graphql">`, with its property `token` set.
 *
 * Events, which bubble: `carillon-open` (cancelable, {@link OpenDetail}), `carillon-count` (`{ unreadCount }`, whenever it
 * changes), `carillon-added` (`{ item }`, for each that comes in) and `carillon-error` (`{ error }`, when it has given up).
 */
export class CarillonInbox extends HTMLElement {
  static readonly observedAttributes = ['url', 'token', 'inline', 'locale', 'lang', 'page-size']

  #token: Token | undefined
  #words: Partial<Words> = {}
  #categories: readonly Category[] | undefined
  #given: Inbox | undefined
  #mounted: Mounted | undefined
  #isWaiting = false

  constructor() {
    super()
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [styles()]
  }

  /** The user's token, or what gets one: it is asked again whenever the old one has ended. */
  get token(): Token | undefined {
    return this.#token ?? this.getAttribute('token') ?? undefined
  }
  set token(token: Token | undefined) {
    this.#token = token
    this.#restart()
  }

  /** Words in place of the English ones. */
  get words(): Partial<Words> {
    return this.#words
  }
  set words(words: Partial<Words>) {
    this.#words = words
    this.#restart()
  }

  /** What the preferences page lists; unless set, what it knows of. */
  get categories(): readonly Category[] | undefined {
    return this.#categories
  }
  set categories(categories: readonly Category[] | undefined) {
    this.#categories = categories
    this.#restart()
  }

  /** An inbox that the page has made itself, and closes itself: in place of `url` and `token`. */
  get inbox(): Inbox | undefined {
    return this.#given
  }
  set inbox(inbox: Inbox | undefined) {
    this.#given = inbox
    this.#restart()
  }

  open(): void {
    this.#mounted?.toggle(true)
  }

  close(): void {
    this.#mounted?.toggle(false)
  }

  connectedCallback(): void {
    // What was set before this class was known hides its setters.
    for (const name of ['token', 'words', 'categories', 'inbox'] as const) this.#adopt(name)
    this.#restart()
  }

  disconnectedCallback(): void {
    this.#mounted?.close()
    this.#mounted = undefined
  }

  attributeChangedCallback(): void {
    this.#restart()
  }

  #adopt(name: 'token' | 'words' | 'categories' | 'inbox'): void {
    const own = Object.getOwnPropertyDescriptor(this, name)
    if (!own) return
    Reflect.deleteProperty(this, name)
    Reflect.set(this, name, own.value)
  }

  /** Once for everything that is set in one go. */
  #restart(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    queueMicrotask(() => {
      this.#isWaiting = false
      this.#mounted?.close()
      this.#mounted = this.isConnected ? this.#mount() : undefined
    })
  }

  #mount(): Mounted {
    const own = this.#given ? undefined : this.#ownInbox()
    return mount(this, {
      inbox: this.#given ?? own,
      close: () => own?.close(),
      locale: this.getAttribute('locale') ?? this.closest('[lang]')?.getAttribute('lang') ?? navigator.language,
      words: { ...english, ...this.#words },
      categories: this.#categories,
      isInline: this.hasAttribute('inline'),
    })
  }

  /** Undefined until it is known whose inbox it is. */
  #ownInbox(): Inbox | undefined {
    const url = this.getAttribute('url')
    const { token } = this
    if (url === null || token === undefined) return undefined
    const pageSize = Number(this.getAttribute('page-size') ?? 20)
    try {
      return createInbox({ url: URL.parse(url, document.baseURI) ?? url, token, pageSize })
    } catch (error) {
      reportError(error)
      return undefined
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'carillon-inbox': CarillonInbox
  }
}

// Two versions on one page: the first one stays.
if (!customElements.get('carillon-inbox')) customElements.define('carillon-inbox', CarillonInbox)
