import { h } from './dom.js'

/** Pixels; the style sheet says the same. */
const ROW_HEIGHT = 38
/** Rows kept above and below what is in sight. */
const SPARE_ROWS = 12

export interface Column<Row> {
  readonly label: string
  /** What it sorts by; numbers sort descending first. */
  readonly key: (row: Row) => number | string
  readonly cell: (row: Row) => Node | string
  readonly numeric?: boolean
  /** A CSS width; the others share the rest. */
  readonly width?: string
}

export interface TableOptions<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  /** Ways to see fewer rows. */
  readonly filters: readonly { readonly label: string; readonly keep: (row: Row) => boolean }[]
  /** What the search field looks in. */
  readonly text: (row: Row) => string
  readonly searchLabel: string
  /** Called when a row is clicked or entered. */
  readonly open?: (row: Row) => void
}

/** A table that sorts and filters, and draws only the rows in sight, so that ten thousand are as quick as ten. */
export class Table<Row> {
  readonly element: HTMLElement
  readonly #options: TableOptions<Row>
  readonly #body = h('tbody')
  readonly #scroller: HTMLElement
  readonly #count = h('output', { class: 'count' })
  readonly #search: HTMLInputElement
  readonly #filter: HTMLSelectElement
  readonly #heads: HTMLElement[]
  #rows: Row[]
  #sortColumn = -1
  #descending = false
  #chosen: Row | undefined

  constructor(options: TableOptions<Row>) {
    this.#options = options
    this.#rows = [...options.rows]
    this.#search = h('input', {
      type: 'search',
      placeholder: options.searchLabel,
      'aria-label': options.searchLabel,
      oninput: () => this.#apply(),
    })
    this.#filter = h(
      'select',
      { 'aria-label': `Which of the ${options.label.toLowerCase()}`, onchange: () => this.#apply() },
      ...options.filters.map((f, i) => h('option', { value: i }, f.label)),
    )
    this.#heads = options.columns.map((column, i) =>
      h(
        'th',
        { scope: 'col', class: column.numeric ? 'n' : '', 'aria-sort': 'none' },
        h('button', { type: 'button', onclick: () => this.#sortBy(i) }, column.label),
      ),
    )
    const widths = options.columns.map((c) => h('col', { style: c.width ? `width: ${c.width}` : undefined }))
    const table = h(
      'table',
      { class: 'big', 'aria-label': options.label, 'aria-rowcount': options.rows.length },
      h('colgroup', {}, ...widths),
      h('thead', {}, h('tr', {}, ...this.#heads)),
      this.#body,
    )
    this.#scroller = h('div', { class: 'scroll rows', tabindex: 0, role: 'region', 'aria-label': options.label }, table)
    this.#scroller.addEventListener('scroll', () => this.#draw(), { passive: true })
    new ResizeObserver(() => this.#draw()).observe(this.#scroller)
    this.element = h(
      'div',
      { class: 'table' },
      h(
        'div',
        { class: 'table-tools' },
        this.#search,
        options.filters.length > 1 ? this.#filter : undefined,
        this.#count,
      ),
      this.#scroller,
    )
    this.#apply()
  }

  /** Shows one row as chosen, scrolled into sight; clears filters that hide it. */
  choose(row: Row | undefined): void {
    this.#chosen = row
    if (row !== undefined) {
      if (!this.#rows.includes(row)) {
        this.#search.value = ''
        this.#filter.selectedIndex = 0
        this.#apply()
      }
      const top = this.#rows.indexOf(row) * ROW_HEIGHT
      const { scrollTop, clientHeight } = this.#scroller
      if (top < scrollTop || top > scrollTop + clientHeight - 2 * ROW_HEIGHT)
        this.#scroller.scrollTop = top - clientHeight / 3
    }
    this.#draw()
  }

  #apply(): void {
    const keep = this.#options.filters[this.#filter.selectedIndex]?.keep ?? (() => true)
    const wanted = this.#search.value.toLowerCase()
    this.#rows = this.#options.rows.filter(
      (row) => keep(row) && (wanted === '' || this.#options.text(row).toLowerCase().includes(wanted)),
    )
    const column = this.#options.columns[this.#sortColumn]
    if (column) {
      const sign = this.#descending ? -1 : 1
      const keyed = this.#rows.map((row) => ({ row, key: column.key(row) }))
      keyed.sort((a, b) => sign * compare(a.key, b.key))
      this.#rows = keyed.map((k) => k.row)
    }
    const all = this.#options.rows.length
    this.#count.textContent = this.#rows.length === all ? `${all}` : `${this.#rows.length} of ${all}`
    this.#scroller.scrollTop = 0
    this.#draw()
  }

  #sortBy(index: number): void {
    const numeric = this.#options.columns[index]!.numeric === true
    if (this.#sortColumn === index) this.#descending = !this.#descending
    else this.#descending = numeric
    this.#sortColumn = index
    for (const [i, head] of this.#heads.entries()) {
      head.setAttribute('aria-sort', i !== index ? 'none' : this.#descending ? 'descending' : 'ascending')
    }
    this.#apply()
  }

  #draw(): void {
    const { scrollTop, clientHeight } = this.#scroller
    const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - SPARE_ROWS)
    const last = Math.min(this.#rows.length, Math.ceil((scrollTop + (clientHeight || 600)) / ROW_HEIGHT) + SPARE_ROWS)
    const focused = this.#body.contains(document.activeElement)
      ? document.activeElement?.getAttribute('aria-rowindex')
      : null
    const rows: Node[] = []
    if (first > 0) rows.push(spacer(first * ROW_HEIGHT))
    for (let i = first; i < last; i++) rows.push(this.#row(this.#rows[i]!, i))
    if (last < this.#rows.length) rows.push(spacer((this.#rows.length - last) * ROW_HEIGHT))
    if (this.#rows.length === 0) {
      rows.push(h('tr', { class: 'nothing' }, h('td', { colspan: this.#options.columns.length }, 'Nothing to show.')))
    }
    this.#body.replaceChildren(...rows)
    if (focused) this.#body.querySelector<HTMLElement>(`[aria-rowindex="${focused}"]`)?.focus({ preventScroll: true })
  }

  #row(row: Row, index: number): HTMLElement {
    const { columns, open } = this.#options
    const enter = (e: Event) => {
      if (e instanceof KeyboardEvent) {
        if (e.key !== 'Enter' && e.key !== ' ') return
        e.preventDefault()
      }
      open?.(row)
    }
    return h(
      'tr',
      {
        'aria-rowindex': index + 1,
        class: row === this.#chosen ? 'chosen' : '',
        ...(open ? { tabindex: 0, onclick: enter, onkeydown: enter } : {}),
      },
      ...columns.map((c) => h('td', { class: c.numeric ? 'n' : '' }, c.cell(row))),
    )
  }
}

function spacer(height: number): HTMLElement {
  return h('tr', { 'aria-hidden': 'true', style: `height: ${height}px` })
}

/** Absent numbers (−∞) last either way is not worth it; names with numbers in them sort as people count. */
function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return ORDER.compare(String(a), String(b))
}

const ORDER = new Intl.Collator('en', { numeric: true })
