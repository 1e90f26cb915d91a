import { matchesInclude } from '../../cluster/nginx/include';
import { answeredByNginx, calmRequests, outcomeText } from './calm';
import type { Case, Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import { placed, placeName } from './place';
import { counted } from './wording';
import { replacedBy, writtenDirectives } from './written';

/** Of servers that no name tells apart the first one answers: one that an `include` reads before, for example. */
export const defaultServer: Rule = (situation) => {
  const { behindDefault, routeProblem, routeProblemSpot } = situation.nginx;
  const gates = brokenGates(situation, 'errors', 'unsafe-errors', 'coverage', 'excess');
  const strange = calmRequests(situation).filter(({ sample }) => answeredByNginx(sample));
  const first = strange[0]?.sample;
  if (behindDefault === null || routeProblemSpot === null || first === undefined || gates.length === 0) return null;
  const { containerPath, text } = situation.config;
  const listen = writtenDirectives(situation).find(
    ({ name, line }) => name === 'listen' && line === behindDefault.line && behindDefault.file === containerPath,
  );
  const line =
    listen === undefined ? 'listen 80 default_server;' : `listen ${[...listen.args, 'default_server'].join(' ')};`;
  const becomes = listen === undefined ? '' : text.slice(listen.start, listen.end).replace(/\s*;$/, ' default_server;');
  return {
    id: 'default-server',
    gates: metricsOf(gates),
    cause:
      `The server at ${placeName(situation, behindDefault)}, which would ask the replicas, is never asked: another one of the same port stands ` +
      `before it, and so answers whoever asks for no other's name (${placeName(situation, routeProblemSpot)}${readBy(situation)}): ${routeProblem ?? ''}.`,
    evidence: `${counted(strange.length, 'answer')} came from no replica, for example ${first.id} with status ${outcomeText(first)}.`,
    ...placed(
      situation,
      behindDefault,
      listen === undefined
        ? { kind: 'insert-after', line: behindDefault.line, lines: [line] }
        : replacedBy(listen, becomes),
    ),
    fix: `Make it the default: \`${line}\`. Or leave out the other one, or give this one a \`server_name\` and ask for that (input host).`,
  };
};

/** How the file of the server that answers comes to be read, where that is another one than the user's. */
function readBy(situation: Case): string {
  const { config, nginx } = situation;
  const file = nginx.routeProblemSpot?.file ?? config.containerPath;
  const include = writtenDirectives(situation).find(
    ({ name, args: [pattern = ''] }) => name === 'include' && matchesInclude(file, pattern, config.containerPath),
  );
  return file === config.containerPath || include === undefined
    ? ''
    : `, read by the include at ${placeName(situation, { file: config.containerPath, line: include.line })}`;
}
