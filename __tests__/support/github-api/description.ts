import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ErrorObject } from 'ajv';
import formats from 'ajv-formats';

/** The operations of GitHub's REST API that the fake knows, by the names that GitHub gives them. */
export const OPERATIONS = [
  'issues/list-comments',
  'issues/create-comment',
  'issues/update-comment',
  'issues/delete-comment',
  'users/get-authenticated',
  'pulls/list',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** What a request turned out to be: a described operation, its parameters with their types, and what is wrong with it. */
export interface RecognizedRequest {
  readonly operation: OperationName;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly violations: readonly string[];
}

/** GitHub's own description of its API, as judge of requests and answers. */
export interface ApiDescription {
  /** null: no operation that the fake knows. */
  recognize(method: string, url: URL, body: unknown): RecognizedRequest | null;
  /** One of GitHub's own examples of a record. */
  example(name: string): unknown;
  /** Everything in an answer that GitHub's description does not allow; an undescribed status must be an error. */
  answerViolations(operation: OperationName, status: number, body: unknown): readonly string[];
}

/** What is wrong with the value that was looked at last stands in `errors`. */
interface Validate {
  (value: unknown): boolean;
  errors?: ErrorObject[] | null | undefined;
}

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly name: OperationName;
  readonly method: string;
  readonly path: RegExp;
  readonly parameters: Validate;
  readonly queryNames: ReadonlySet<string>;
  readonly body: Validate | null;
  /** By status; null: the answer has no body. */
  readonly answers: ReadonlyMap<number, Validate | null>;
}

/** Reads the official description (13 MB, a fifth of a second) and keeps only what the operations above need. */
export function loadDescription(): ApiDescription {
  const path = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');
  const document = JSON.parse(readFileSync(path, 'utf8')) as Json;
  // Parameters arrive as text and get their described types; bodies must have them already.
  const compilers = { parameters: createCompiler(document, true), bodies: createCompiler(document, false) };
  const operations = OPERATIONS.map((name) => findOperation(document, name, compilers));
  const basicError = compilers.bodies({ $ref: '#/components/schemas/basic-error' });

  return {
    recognize(method, url, body) {
      for (const operation of operations) {
        const found = operation.method === method ? operation.path.exec(url.pathname) : null;
        if (found) return check(operation, { ...found.groups }, url.searchParams, body);
      }
      return null;
    },
    example: (name) => structuredClone(at(document, 'components', 'examples', name)['value']),
    answerViolations(name, status, body) {
      const described = operations.find((operation) => operation.name === name)?.answers.get(status);
      if (described === null) return body === undefined ? [] : [`${name} ${status}: the answer must have no body`];
      if (described === undefined && status < 400) return [`${name} ${status}: not a described status`];
      return violations(described ?? basicError, body, `${name} answer ${status}`);
    },
  };
}

function check(operation: Operation, path: Json, query: URLSearchParams, body: unknown): RecognizedRequest {
  const parameters = { ...path, ...Object.fromEntries(query) };
  const unknown = [...query.keys()].filter((name) => !operation.queryNames.has(name));
  return {
    operation: operation.name,
    // Validation converts the values in place.
    violations: [
      ...violations(operation.parameters, parameters, `${operation.name} parameters`),
      ...unknown.map((name) => `${operation.name} parameters: ${name} is not described`),
      ...bodyViolations(operation, body),
    ],
    parameters,
  };
}

function bodyViolations({ name, body: described }: Operation, body: unknown): readonly string[] {
  if (described !== null) return violations(described, body, `${name} request body`);
  return body === undefined ? [] : [`${name} request body: none is described`];
}

function violations(validate: Validate, value: unknown, what: string): readonly string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => `${what}${error.instancePath}: ${error.message ?? error.keyword}`);
}

type Compile = (schema: Json) => Validate;

function findOperation(
  document: Json,
  name: OperationName,
  compile: { readonly parameters: Compile; readonly bodies: Compile },
): Operation {
  for (const [template, methods] of Object.entries(at(document, 'paths'))) {
    for (const [method, described] of Object.entries(methods as Json)) {
      if ((described as Json)['operationId'] !== name) continue;
      const parameters = (((described as Json)['parameters'] ?? []) as Json[]).map((item) => resolve(document, item));
      const body = (described as Json)['requestBody'];
      return {
        name,
        method: method.toUpperCase(),
        path: new RegExp(`^${template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
        parameters: compile.parameters(parameterSchema(parameters)),
        queryNames: new Set(parameters.filter((item) => item['in'] === 'query').map((item) => String(item['name']))),
        body: body === undefined ? null : compile.bodies(jsonSchemaOf(document, body as Json) ?? {}),
        answers: new Map(
          Object.entries(at(described as Json, 'responses')).map(([status, answer]) => {
            const schema = jsonSchemaOf(document, answer as Json);
            return [Number(status), schema === null ? null : compile.bodies(schema)];
          }),
        ),
      };
    }
  }
  throw new Error(`GitHub's description has no operation ${name}.`);
}

function parameterSchema(parameters: readonly Json[]): Json {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map((item) => [item['name'], item['schema']])),
    required: parameters.filter((item) => item['required'] === true).map((item) => item['name']),
  };
}

function jsonSchemaOf(document: Json, described: Json): Json | null {
  const { content } = resolve(document, described) as { content?: Record<string, { schema: Json }> };
  return content?.['application/json']?.schema ?? null;
}

/** Compiles a schema together with those that it refers to, and with no others: the whole description is too big. */
function createCompiler(document: Json, coerceTypes: boolean): Compile {
  const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes, logger: false });
  formats(ajv);
  // Only when it is needed: the schema of a pull request alone takes longer than all others together.
  return (schema) => {
    let compiled: Validate | null = null;
    const validate: Validate = (value) => {
      compiled ??= ajv.compile({ ...schema, components: { schemas: referredSchemas(document, schema) } });
      const valid = compiled(value);
      validate.errors = compiled.errors;
      return valid;
    };
    return validate;
  };
}

function referredSchemas(document: Json, start: unknown, found: Record<string, unknown> = {}): Json {
  for (const [, name = ''] of JSON.stringify(start).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
    if (name in found) continue;
    found[name] = at(document, 'components', 'schemas')[name];
    referredSchemas(document, found[name], found);
  }
  return found;
}

function resolve(document: Json, value: Json): Json {
  const reference = value['$ref'];
  return typeof reference === 'string' ? at(document, ...reference.split('/').slice(1)) : value;
}

function at(value: Json, ...path: readonly string[]): Json {
  return path.reduce<Json>((parent, name) => parent[name] as Json, value);
}
