import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { OUTPUTS } from '../../src/github/names';
import { INPUT_NAMES, INPUTS } from '../../src/settings/inputs';
import {
  ALGORITHM_NAMES,
  CHECK_NAMES,
  COMMENT_MODES,
  FAULT_NAMES,
  HARDENING_MODES,
  PROFILE_NAMES,
} from '../../src/settings/settings';

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: Readonly<Record<string, string>>;
}

const action = parse(readFileSync(join(import.meta.dirname, '../../action.yml'), 'utf8')) as Action;

test('its inputs are those that are read, in the same order', () => {
  expect(Object.keys(action.inputs)).toEqual(INPUT_NAMES);
});

test.each(INPUT_NAMES)('%s: its default is the one that is read', (name) => {
  const stated = action.inputs[name]?.default ?? '';
  // The runner replaces an expression before the action sees it.
  expect(stated.startsWith('${{') ? '' : stated).toBe(INPUTS[name].default);
});

test('what only the runner knows is asked of it', () => {
  const asked = Object.entries(action.inputs).filter(([, input]) => input.default?.startsWith('${{'));
  expect(Object.fromEntries(asked.map(([name, input]) => [name, input.default]))).toEqual({
    'github-token': '${{ github.token }}',
    'comment-key': '${{ github.workflow }}/${{ github.job }}/${{ toJSON(matrix) }}',
  });
});

test.each<[input: string, names: readonly string[]]>([
  ['algorithm', ALGORITHM_NAMES],
  ['checks', CHECK_NAMES],
  ['comment', COMMENT_MODES],
  ['faults', FAULT_NAMES],
  ['hardening', HARDENING_MODES],
  ['profile', PROFILE_NAMES],
])('%s: its description tells every choice', (input, names) => {
  const description = action.inputs[input]?.description ?? '';
  expect(names.filter((name) => !description.includes(`\`${name}\``))).toEqual([]);
});

test('everything is described in whole sentences', () => {
  const described = Object.entries({ ...action.inputs, ...action.outputs });
  expect(described.filter(([, { description }]) => !/^[A-Z`].*\.$/s.test(description)).map(([name]) => name)).toEqual(
    [],
  );
});

test('its outputs are those that are set, in the same order', () => {
  expect(Object.keys(action.outputs)).toEqual(Object.values(OUTPUTS));
});

test('it runs on Node 24, and cleans up whatever happens', () => {
  expect(action.runs).toEqual({
    using: 'node24',
    main: 'dist/main/index.js',
    post: 'dist/post/index.js',
    'post-if': 'always()',
  });
});
