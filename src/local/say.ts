/** Shows a person one line of what is going on. */
export type Say = (line: string) => void
