const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const extension = '\f^{}\\[~]|€'

/** How many SMS a text takes (3GPP TS 23.038): 160 GSM-7 or 70 UCS-2 units in one, 153 or 67 in each of several. */
export function segments(text: string): number {
  const characters = [...text]
  const isGsm7 = gsm7(text) === text
  const units = isGsm7 ? characters.reduce((sum, each) => sum + (extension.includes(each) ? 2 : 1), 0) : text.length
  const [alone, joined] = isGsm7 ? [160, 153] : [70, 67]
  return units <= alone ? 1 : Math.ceil(units / joined)
}

/** What arrives of a text that is sent as GSM-7: a question mark for every character that this has not. */
export function gsm7(text: string): string {
  return [...text].map((each) => (basic.includes(each) || extension.includes(each) ? each : '?')).join('')
}
