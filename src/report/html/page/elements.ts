/**
 * A new element. Children that are strings become text and nothing else: that is the only way in which data enters the page.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.map((child) => (typeof child === 'string' ? seen(child) : child)));
  return made;
}

/** A button that does something. */
export function button(words: string, act: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button' }, words);
  made.addEventListener('click', act);
  return made;
}

/** A choice among several, with its label. The first is chosen. */
export function choice(
  words: string,
  options: readonly { readonly value: string; readonly words: string }[],
  changed: (value: string) => void,
): HTMLLabelElement {
  const select = element('select', {}, ...options.map((one) => element('option', { value: one.value }, one.words)));
  select.addEventListener('change', () => changed(select.value));
  return element('label', {}, `${words} `, select);
}

/** A bar as long as a part of its place, from 0 to 1; the numbers beside it say the same. */
export function bar(part: number, color: string): SVGSVGElement {
  const [svg, rect] = [svgElement('svg'), svgElement('rect')];
  svg.setAttribute('class', 'bar');
  svg.setAttribute('aria-hidden', 'true');
  rect.setAttribute('width', `${(part * 100).toFixed(1)}%`);
  rect.setAttribute('height', '100%');
  // By way of the object model: a policy against inline styles does not concern it.
  rect.style.fill = color;
  svg.append(rect);
  return svg;
}

function svgElement<Tag extends keyof SVGElementTagNameMap>(tag: Tag): SVGElementTagNameMap[Tag] {
  return document.createElementNS('http://www.w3.org/2000/svg', tag);
}

/** Control characters, and marks that turn the direction of what follows, made visible. */
function seen(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');
}
