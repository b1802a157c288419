const marginPx = 8
const sheetBelowPx = 480

/** Puts an open panel beside its bell: below it where there is room, its end at the bell's end, all of it in sight. */
export function placePanel(panel: HTMLElement, bell: HTMLElement): void {
  const isSheet = innerWidth <= sheetBelowPx
  panel.toggleAttribute('data-sheet', isSheet)
  const { style } = panel
  for (const name of ['left', 'top', 'bottom', 'max-height']) style.removeProperty(name)
  if (isSheet) return
  const at = bell.getBoundingClientRect()
  const isRtl = getComputedStyle(panel).direction === 'rtl'
  const width = panel.offsetWidth
  const wanted = isRtl ? at.left : at.right - width
  const left = Math.max(marginPx, Math.min(wanted, document.documentElement.clientWidth - width - marginPx))
  const [above, below] = [at.top - 2 * marginPx, innerHeight - at.bottom - 2 * marginPx]
  const isBelow = below >= Math.min(panel.offsetHeight, 360) || below >= above
  style.setProperty('left', `${left}px`)
  style.setProperty(isBelow ? 'top' : 'bottom', `${isBelow ? at.bottom + marginPx : innerHeight - at.top + marginPx}px`)
  style.setProperty('max-height', `${isBelow ? below : above}px`)
}
