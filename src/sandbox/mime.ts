/** What there is to read in a message (RFC 5322, 2045 to 2047): the first text and the first HTML, however deep. */
export interface ParsedMail {
  /** Decoded, by lower-case name; of several, the last. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string | undefined
  readonly html: string | undefined
}

export function parseMail(raw: Buffer): ParsedMail {
  // One character for each byte, until the encoding and charset of a part are known.
  const { headers, body } = splitEntity(raw.toString('latin1'))
  return { headers, text: find('text/plain', headers, body), html: find('text/html', headers, body) }
}

interface Entity {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

function splitEntity(entity: string): Entity {
  const [, head = '', body = ''] = /^([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(entity) ?? [entity, entity]
  const lines = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  const fields = lines.flatMap((line) => {
    const [, name, value] = /^([!-9;-~]+):\s*(.*)$/.exec(line) ?? []
    return name === undefined || value === undefined ? [] : [[name.toLowerCase(), decodeWords(value)] as const]
  })
  return { headers: Object.fromEntries(fields), body }
}

function find(type: string, headers: Entity['headers'], body: string): string | undefined {
  const given = headers['content-type'] ?? 'text/plain'
  const boundary = parameter(given, 'boundary')
  if (given.toLowerCase().startsWith('multipart/') && boundary !== undefined) {
    const parts = body.split(`--${boundary}`).slice(1, -1)
    return parts
      .map((part) => splitEntity(part.replace(/^[ \t]*\r?\n/, '').replace(/\r?\n$/, '')))
      .map((part) => find(type, part.headers, part.body))
      .find((found) => found !== undefined)
  }
  if (!given.toLowerCase().startsWith(type)) return undefined
  const bytes = decodeTransfer(body, headers['content-transfer-encoding'] ?? '')
  return decodeCharset(bytes, parameter(given, 'charset') ?? 'utf-8').replaceAll('\r\n', '\n')
}

function parameter(value: string, name: string): string | undefined {
  const [, quoted, bare] = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(value) ?? []
  return quoted ?? bare
}

function decodeTransfer(body: string, encoding: string): Buffer {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64')
    case 'quoted-printable':
      return unquote(body.replace(/=[ \t]*\r?\n/g, ''))
    default:
      return Buffer.from(body, 'latin1')
  }
}

function unquote(text: string): Buffer {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1')
}

/** Encoded words; what stands between two of them is none of the text. Anything else is taken for UTF-8. */
function decodeWords(value: string): string {
  const text = Buffer.from(value.replace(/\?=\s+=\?/g, '?==?'), 'latin1').toString()
  return text.replace(/=\?([^?]+)\?([BQ])\?([^?]*)\?=/gi, (_, charset: string, encoding: string, word: string) => {
    const bytes = encoding.toUpperCase() === 'B' ? Buffer.from(word, 'base64') : unquote(word.replaceAll('_', ' '))
    return decodeCharset(bytes, charset)
  })
}

function decodeCharset(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return bytes.toString()
  }
}
