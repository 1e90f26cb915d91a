/** Control characters (but the tab), line separators and marks that reorder text: what could make a log lie. */
const UNPRINTABLE = /(?!\t)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * One line of text as it may stand in a log: it runs no workflow command, moves no cursor and changes no colour.
 *
 * The runner takes a line for a command when it begins, after white space, with `::`, or holds `##[` anywhere
 * (actions/runner, src/Runner.Common/ActionCommand.cs, TryParseV2 and TryParse). A backslash breaks either.
 */
export function escapeLogLine(line: string): string {
  return line
    .replace(UNPRINTABLE, visible)
    .replace(/^(\s*)::/u, '$1\\::')
    .replaceAll('##[', '##\\[');
}

/** The lines of a text, each escaped; it is split where the runner's reader splits: at CR LF, LF and CR. */
export function escapeLogLines(text: string): readonly string[] {
  return text.split(/\r\n|\n|\r/).map(escapeLogLine);
}

/**
 * Foreign text as a block in which the runner runs no command at all, besides each line being escaped.
 * @param text output of an application, of NGINX, of a build: hostile until proven otherwise.
 * @param token ends the block; the text's author must not be able to guess it.
 */
export function stopCommandsBlock(text: string, token: string): string {
  return [`::stop-commands::${token}`, ...escapeLogLines(text), `::${token}::`].join('\n');
}

function visible(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
