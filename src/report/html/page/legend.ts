import { element } from './elements';
import { onColorsChanged, replicaColor } from './palette';

/** What the charts of a scenario show. */
export interface Shown {
  readonly replicas: boolean[];
  failed: boolean;
  retried: boolean;
}

/** The legend of a scenario's charts; each entry shows or hides what it names. */
export function legend(
  replicas: readonly string[],
  victim: string | null,
  shown: Shown,
  changed: () => void,
): HTMLElement {
  const group = element('div', { class: 'legend', role: 'group', 'aria-label': 'Shown in the charts' });
  replicas.forEach((name, index) => {
    const swatch = element('span', { class: 'swatch', 'aria-hidden': 'true' });
    const paint = (): void => {
      swatch.style.background = replicaColor(index, replicas.length);
    };
    paint();
    onColorsChanged(paint);
    const words = name === victim ? `${name} (broken)` : name;
    group.append(
      box(words, swatch, (checked) => {
        shown.replicas[index] = checked;
        changed();
      }),
    );
  });
  group.append(
    box('retried', element('span', { class: 'ring', 'aria-hidden': 'true' }, '○'), (checked) => {
      shown.retried = checked;
      changed();
    }),
    box('failed', element('span', { class: 'cross', 'aria-hidden': 'true' }, '✕'), (checked) => {
      shown.failed = checked;
      changed();
    }),
  );
  return group;
}

function box(words: string, sign: HTMLElement, changed: (checked: boolean) => void): HTMLLabelElement {
  const input = element('input', { type: 'checkbox' });
  input.checked = true;
  input.addEventListener('change', () => changed(input.checked));
  return element('label', {}, input, sign, words);
}
