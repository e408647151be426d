import { Ajv2020 } from "ajv";
import { API_ROUTES } from "../../src/app/api/routes.ts";
import { OPENAPI } from "../../src/app/api/openapi.ts";

/** What of the document has been seen in answers: `GET /sources.json 200`. */
export const seenAnswers = new Set<string>();

const ajv = new Ajv2020({ strict: true, strictTypes: false, validateFormats: false, allErrors: true });
ajv.addSchema({ $id: "openapi", ...OPENAPI, paths: {} } as object, "openapi").addVocabulary([
  "openapi",
  "info",
  "servers",
  "paths",
  "components",
]);

const ROUTES = API_ROUTES.map(({ method, path }) => ({
  method,
  path,
  pattern: new RegExp(
    `^/-/files${path.replaceAll(".", "\\.").replace("{source}", "[^/]+?").replace("{id}", "df-[\\w-]+")}$`,
  ),
}));

/** Fails if the answer to a request of the API is not as the document says; other requests are left alone. */
export async function assertAsDocumented({ method, url }: Request, response: Response): Promise<void> {
  const { pathname } = new URL(url);
  const route = ROUTES.find((route) => route.method === method && route.pattern.test(pathname));
  if (route === undefined) return;
  const name = `${method} ${route.path} ${response.status}`;
  const documented = answerOf(route.path, { method, status: response.status });
  const type = response.headers.get("content-type")?.split(";")[0];
  seenAnswers.add(name);
  if (documented?.content === undefined) {
    if (response.body !== null) throw new Error(`${name}: there should be no body`);
    return;
  }
  if ("*/*" in documented.content) return;
  if (type !== "application/json") throw new Error(`${name}: it should be JSON, not ${type}`);
  const validate = compile(documented.content["application/json"]?.schema);
  if (!validate(await response.clone().json())) throw new Error(`${name}: ${ajv.errorsText(validate.errors)}`);
}

interface DocumentedAnswer {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}

type Paths = Record<string, Record<string, { responses: Record<string, DocumentedAnswer> }>>;

/** Every answer of the document but the errors that any request may get. */
export function documentedAnswers(): string[] {
  return Object.entries(OPENAPI["paths"] as Paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { responses }]) =>
      Object.keys(responses).filter((status) => status !== "default").map((status) =>
        `${method.toUpperCase()} ${path} ${status}`
      )
    )
  );
}

function answerOf(path: string, { method, status }: { method: string; status: number }): DocumentedAnswer | undefined {
  const responses = (OPENAPI["paths"] as Paths)[path]?.[method.toLowerCase()]?.responses;
  return responses?.[status] ?? responses?.["default"];
}

const compiled = new Map<object | undefined, ReturnType<typeof ajv.compile>>();

function compile(schema: object | undefined) {
  const known = compiled.get(schema);
  if (known) return known;
  // References are to the document, not to the part of it that is compiled here.
  const text = JSON.stringify(schema ?? false).replaceAll('"#/components', '"openapi#/components');
  const validate = ajv.compile(JSON.parse(text));
  compiled.set(schema, validate);
  return validate;
}
