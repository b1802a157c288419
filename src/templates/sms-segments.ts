/** GSM 03.38 basic character set (3GPP TS 23.038, section 6.2.1), without the escape to the extension table. */
const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
/** Each takes two septets: the escape, and a character of the extension table (section 6.2.1.1). */
const extension = new Set('\f^{}\\[~]|€')

const gsm7 = { single: 160, part: 153 } as const
const ucs2 = { single: 70, part: 67 } as const

/** How many SMS a text is billed as. A character that takes two units is never split between two parts. */
export function smsSegments(text: string): number {
  const gsmUnits = gsm7Units(text)
  return gsmUnits === undefined ? segments(ucs2Units(text), ucs2) : segments(gsmUnits, gsm7)
}

/** Septets of each character; undefined when one of them is in neither table. */
function gsm7Units(text: string): readonly number[] | undefined {
  const units: number[] = []
  for (const character of text) {
    if (basic.has(character)) units.push(1)
    else if (extension.has(character)) units.push(2)
    else return undefined
  }
  return units
}

function ucs2Units(text: string): readonly number[] {
  return Array.from(text, (character) => character.length)
}

function segments(units: readonly number[], limit: { readonly single: number; readonly part: number }): number {
  const total = units.reduce((sum, unit) => sum + unit, 0)
  if (total <= limit.single) return 1
  let count = 1
  let used = 0
  for (const unit of units) {
    if (used + unit > limit.part) {
      count += 1
      used = 0
    }
    used += unit
  }
  return count
}
