import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { machine } from './machine.ts'

export interface SuiteOptions {
  /** Fewer and shorter rounds: to see that it runs, not to quote. */
  readonly quick: boolean
  readonly say: (line: string) => void
}

export type Row = Readonly<Record<string, string | number | null>>

export interface Report {
  readonly tables: readonly { readonly title: string; readonly rows: readonly Row[] }[]
  /** What a reader has to know to read the figures right. */
  readonly notes: readonly string[]
}

const results = join(import.meta.dirname, 'results')

/** Prints the tables, and writes them to `<folder>/<suite>.json`. */
export async function writeReport(suite: string, { tables, notes }: Report, folder = results): Promise<void> {
  const here = machine()
  console.log(`\n${suite}: ${here.cpu}, ${here.cores} cores, ${here.memoryGiB} GiB, Node ${here.node}, ${here.at}`)
  for (const { title, rows } of tables) {
    console.log(`\n${title}`)
    for (const line of tableLines(rows)) console.log(line)
  }
  console.log(`\n${notes.map((note) => `- ${note}`).join('\n')}`)
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, `${suite}.json`),
    `${JSON.stringify({ suite, machine: here, tables, notes }, null, 2)}\n`,
  )
}

/** A table in Markdown, so that it can be pasted. */
function tableLines(rows: readonly Row[]): string[] {
  const names = Object.keys(rows[0] ?? {})
  const cells = rows.map((row) => names.map((name) => cell(row[name])))
  const widths = names.map((name, column) => Math.max(name.length, ...cells.map((each) => each[column]?.length ?? 0)))
  const line = (words: readonly string[]) =>
    `| ${words.map((word, column) => (column === 0 ? word.padEnd(widths[column] ?? 0) : word.padStart(widths[column] ?? 0))).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(names), line(rule), ...cells.map(line)]
}

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'number' ? value.toLocaleString('en-US') : value
}
