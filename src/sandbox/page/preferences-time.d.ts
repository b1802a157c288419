export function instantOf(local: string, timeZone: string): string
export function localTime(atMs: number, timeZone: string): string
