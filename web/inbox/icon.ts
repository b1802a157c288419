const paths = {
  bell: 'M18 8a6 6 0 0 0-12 0c0 7-3 8-3 8h18s-3-1-3-8M13.7 20a2 2 0 0 1-3.4 0',
  checks: 'm2 13 4.5 4.5L16 8m-4.5 8 1.5 1.5L22.5 8',
  check: 'm5 13 4.5 4.5L19 8',
  dot: 'M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z',
  archive: 'M3 5h18v4H3zM5 9v10h14V9M10 13h4',
  settings:
    'M4 7h9m5 0h2M4 17h2m5 0h9M13 7a2.5 2.5 0 1 0 5 0 2.5 2.5 0 0 0-5 0ZM6 17a2.5 2.5 0 1 0 5 0 2.5 2.5 0 0 0-5 0Z',
  back: 'm14 6-6 6 6 6',
  alert: 'M12 7.5v5.5m0 3.5h.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z',
  close: 'm6 6 12 12M18 6 6 18',
  offline:
    'M3 3l18 18M8.5 16.4a5 5 0 0 1 5-1.2M5 12.9a10 10 0 0 1 4.6-2.7m4.9.1a10 10 0 0 1 4.5 2.6M2 9.4a15 15 0 0 1 4-2.6m4.7-1.2A15 15 0 0 1 22 9.4M12 20h.01',
} as const

export type IconName = keyof typeof paths

const svg = 'http://www.w3.org/2000/svg'

/** A drawing of lines in the colour of the text around it. What it means is said elsewhere. */
export function icon(name: IconName): SVGElement {
  const drawing = document.createElementNS(svg, 'svg')
  const line = document.createElementNS(svg, 'path')
  line.setAttribute('d', paths[name])
  for (const [key, value] of Object.entries({
    viewBox: '0 0 24 24',
    'aria-hidden': 'true',
    class: `icon icon-${name}`,
  })) {
    drawing.setAttribute(key, value)
  }
  drawing.append(line)
  return drawing
}
