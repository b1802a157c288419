import { isPossiblePhoneNumber } from 'libphonenumber-js/min'

const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const domainLabel = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const e164 = /^\+[1-9]\d{6,14}$/

/**
 * An address as RFC 5321 writes it (4.5.3.1: at most 254 characters, 64 before the @), in ASCII and with a domain of
 * two labels or more: no provider of ours takes quoted local parts, address literals or SMTPUTF8.
 */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  const [local, labels] = [text.slice(0, at), text.slice(at + 1).split('.')]
  return (
    at > 0 &&
    text.length <= 254 &&
    local.length <= 64 &&
    localPart.test(local) &&
    labels.length >= 2 &&
    labels.every((label) => domainLabel.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  )
}

/**
 * A number in E.164, of a length that its country has. Whether it is assigned is the provider's to say: numbering plans
 * change faster than metadata, and the 555 numbers of examples are not assigned to anybody.
 */
export function isPhoneNumber(text: string): boolean {
  return e164.test(text) && isPossiblePhoneNumber(text)
}
