import { decodeEntities } from './html-entities.ts'

const paragraphs = new Set(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'table', 'blockquote', 'hr', 'pre'])
const lines = new Set(['div', 'tr', 'li', 'section', 'article', 'header', 'footer'])
const unseen = new Set(['head', 'style', 'script', 'title'])
const tag = /^<(\/?)([a-z][a-z0-9]*)/i

/**
 * The plain-text part of an e-mail whose template has only HTML: blocks keep their lines, links their address.
 *
 * Takes time in proportion to the HTML, whatever it is: data is in it.
 */
export function htmlToText(html: string): string {
  const out = textWriter()
  let href: { readonly address: string; readonly from: number } | undefined
  for (const { piece, closing, name } of pieces(html)) {
    if (name === undefined) out.write(decodeEntities(piece))
    else if (name === 'br') out.breakLine()
    else if (name === 'img') out.write(decodeEntities(attribute(piece, 'alt')))
    else if (name === 'td' || name === 'th') out.write(' ')
    else if (paragraphs.has(name)) out.startBlock(2)
    else if (lines.has(name)) out.startBlock(1)
    if (name === 'li' && !closing) out.write('- ')
    if (name !== 'a') continue
    // "Example (https://example.com)", but not "https://example.com (https://example.com)".
    if (closing && href !== undefined && out.since(href.from) !== href.address) out.write(` (${href.address})`)
    const address = closing ? '' : decodeEntities(attribute(piece, 'href'))
    href = address === '' ? undefined : { address, from: out.length() }
  }
  return out.text()
}

interface Piece {
  readonly piece: string
  readonly closing: boolean
  /** The element, in lower case; undefined for text. */
  readonly name: string | undefined
}

function* pieces(html: string): Generator<Piece> {
  let at = 0
  while (at < html.length) {
    const open = html.indexOf('<', at)
    const close = open < 0 ? -1 : html.indexOf('>', open)
    if (close < 0) return yield { piece: html.slice(at), closing: false, name: undefined }
    if (open > at) yield { piece: html.slice(at, open), closing: false, name: undefined }
    const piece = html.slice(open, close + 1)
    const [, slash, element] = tag.exec(piece) ?? []
    const name = element?.toLowerCase()
    const comment = piece.startsWith('<!')
    if (!comment) yield { piece, closing: slash === '/', name }
    if (piece.startsWith('<!--')) at = after(html, '-->', open + 4)
    else if (name !== undefined && slash === '' && unseen.has(name)) at = afterElement(html, name, close)
    else at = close + 1
  }
}

function after(html: string, end: string, from: number): number {
  const found = html.indexOf(end, from)
  return found < 0 ? html.length : found + end.length
}

function afterElement(html: string, name: string, from: number): number {
  const closing = new RegExp(`</${name}`, 'gi')
  closing.lastIndex = from
  return closing.test(html) ? after(html, '>', closing.lastIndex) : html.length
}

function attribute(piece: string, name: 'href' | 'alt'): string {
  const [, double, single, bare] =
    new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(piece) ?? []
  return double ?? single ?? bare ?? ''
}

/** Joins what is written with one space where there was any, and with the breaks between blocks. */
function textWriter() {
  const written: string[] = []
  let newlines = 0
  let space = false
  return {
    write(text: string): void {
      const words = text.replace(/\s+/g, ' ')
      const trimmed = words.trim()
      if (words.startsWith(' ')) space = true
      if (trimmed === '') return
      if (written.length > 0) written.push(newlines > 0 ? '\n'.repeat(newlines) : space ? ' ' : '')
      written.push(trimmed)
      newlines = 0
      space = words.endsWith(' ')
    },
    startBlock(lines: number): void {
      newlines = Math.max(newlines, lines)
    },
    breakLine(): void {
      newlines = Math.min(newlines + 1, 2)
    },
    length: () => written.length,
    since: (from: number) => written.slice(from).join('').trim(),
    text: () => written.join(''),
  }
}
