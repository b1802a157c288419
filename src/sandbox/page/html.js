/**
 * HTML that may be put into the page: every value that goes in is escaped, except what came out of here.
 * Nothing else in the page makes markup, so nothing that a provider received can become any.
 */
class Markup {
  constructor(text) {
    this.text = text
  }
  toString() {
    return this.text
  }
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '`': '&#96;' }

export function html(strings, ...values) {
  return new Markup(strings.reduce((done, string, index) => done + markup(values[index - 1]) + string))
}

function markup(value) {
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return value.map(markup).join('')
  if (value === null || value === undefined || value === false) return ''
  return String(value).replace(/[&<>"'`]/g, (character) => entities[character])
}
