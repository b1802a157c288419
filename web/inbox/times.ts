const minuteMs = 60_000
const dayMs = 86_400_000

/** How people of one language and time zone say when something was. */
export interface Times {
  /** The same for two instants of one day: `Today`, `Yesterday`, `Tuesday`, `3 March`. */
  day(instant: string, now: Date): string
  /** Within its day: `2 min. ago`, `14:05`. */
  time(instant: string, now: Date): string
  full(instant: string): string
  number(value: number): string
  /** `Mon`; 0 is Monday. */
  weekday(index: number): string
}

export function timesOf(locale: string, timeZone: string | undefined): Times {
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { timeZone, ...options })
  // Of the calendar that dates are counted in, whatever the language's own is.
  const date = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const ago = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  const clock = format({ timeStyle: 'short' })
  const weekday = format({ weekday: 'long' })
  const thisYear = format({ day: 'numeric', month: 'long' })
  const otherYear = format({ day: 'numeric', month: 'long', year: 'numeric' })
  const full = format({ dateStyle: 'full', timeStyle: 'short' })
  const number = new Intl.NumberFormat(locale)
  const shortWeekday = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' })

  function dayText(instant: Date, now: Date): string {
    const [then, today] = [date.format(instant), date.format(now)]
    const days = Math.round((Date.parse(today) - Date.parse(then)) / dayMs)
    if (days === 0 || days === 1) return relative.format(-days, 'day')
    if (days > 1 && days < 7) return weekday.format(instant)
    return (then.slice(0, 4) === today.slice(0, 4) ? thisYear : otherYear).format(instant)
  }

  return {
    day: (instant, now) => capitalised(dayText(new Date(instant), now), locale),
    time(instant, now) {
      const then = new Date(instant)
      const minutes = Math.floor((now.getTime() - then.getTime()) / minuteMs)
      if (minutes < 0 || minutes >= 60) return clock.format(then)
      return minutes === 0 ? ago.format(0, 'second') : ago.format(-minutes, 'minute')
    },
    full: (instant) => full.format(new Date(instant)),
    number: (value) => number.format(value),
    // 1 January 2024 was a Monday.
    weekday: (index) => shortWeekday.format(new Date(Date.UTC(2024, 0, 1 + index))),
  }
}

function capitalised(text: string, locale: string): string {
  const [first = ''] = text
  return first.toLocaleUpperCase(locale) + text.slice(first.length)
}
