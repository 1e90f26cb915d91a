/** A character that editors do not show, or show as a blank, and that is a part of a word to NGINX. */
export interface Unseen {
  /** `U+FEFF`. */
  readonly code: string;
  readonly name: string;
  /** What is to be done about it, as a sentence. */
  readonly fix: string;
}

const WITHOUT_IT = 'Type that part of the line anew, without it.';

/** By code point, as the Unicode standard names them. */
const NAMES: Readonly<Record<string, Omit<Unseen, 'code'>>> = {
  'U+FEFF': {
    name: 'byte order mark',
    fix: 'Save the file as UTF-8 without it (in many editors "UTF-8", not "UTF-8 with BOM").',
  },
  'U+00A0': { name: 'no-break space', fix: 'Put a plain space in its place.' },
  'U+200B': { name: 'zero width space', fix: WITHOUT_IT },
  'U+200C': { name: 'zero width non-joiner', fix: WITHOUT_IT },
  'U+200D': { name: 'zero width joiner', fix: WITHOUT_IT },
  'U+2060': { name: 'word joiner', fix: WITHOUT_IT },
};

/** Every one of them. */
const ALL = /[\u00A0\u200B-\u200D\u2060\uFEFF]/gu;

/** The first of them in a text; null: there is none. */
export function unseenIn(text: string): Unseen | null {
  const [first] = text.match(ALL) ?? [];
  const code = first === undefined ? '' : codeOf(first);
  const known = NAMES[code];
  return known === undefined ? null : { code, ...known };
}

/** A text in which they show: `<U+FEFF>user`. */
export function withUnseenShown(text: string): string {
  return text.replace(ALL, (one) => `<${codeOf(one)}>`);
}

function codeOf(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
