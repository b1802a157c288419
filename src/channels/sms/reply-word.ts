const stopWords = new Set(['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'])
const startWords = new Set(['START', 'YES', 'UNSTOP'])

/** What somebody wants who has answered an SMS with this. A keyword among other words is none. */
export function replyWord(text: string): 'stop' | 'start' | undefined {
  // People write "Stop.", "opt-out" and "STOP ALL".
  const word = text.replaceAll(/[\s\p{P}\p{S}\p{Cf}]+/gu, '').toUpperCase()
  if (stopWords.has(word)) return 'stop'
  return startWords.has(word) ? 'start' : undefined
}
