/** GSM 03.38 basic character set (3GPP TS 23.038, section 6.2.1), without the escape to the extension table. */
const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
/** Each takes two septets: the escape, and a character of the extension table (section 6.2.1.1). */
const extension = new Set('\f^{}\\[~]|€')

/** Septets of each character; undefined when one of them is in neither table, and the text goes out as UCS-2. */
export function gsm7Units(text: string): readonly number[] | undefined {
  const units: number[] = []
  for (const character of text) {
    if (basic.has(character)) units.push(1)
    else if (extension.has(character)) units.push(2)
    else return undefined
  }
  return units
}
