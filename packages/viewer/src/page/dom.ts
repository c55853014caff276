type Child = Node | string | undefined | null | false
type Props = Readonly<Record<string, string | number | boolean | undefined | ((event: Event) => void)>>

/**
 * One element. Strings become text nodes, never markup, so that whatever a photo is called stays text. Properties named
 * `onclick` and the like take functions; all others become attributes (true: present, false or undefined: absent).
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props?: Props,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), props, children)
}

/** Like `h`, for SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props?: Props,
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children)
}

function fill<E extends Element>(element: E, props: Props = {}, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value))
  }
  element.append(...children.filter((c): c is Node | string => c !== undefined && c !== null && c !== false))
  return element
}

/** Tokens of the page's CSS as they are now, for canvases. */
export function cssColor(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim()
}
