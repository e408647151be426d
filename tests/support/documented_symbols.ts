import config from "../../deno.json" with { type: "json" };

/** The part of `deno doc --json` that the tests read. */
interface JsDoc {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string; readonly name?: string; readonly doc?: string }[];
}

/** A parameter; `left` of one with a default. */
interface Parameter {
  readonly name?: string;
  readonly left?: { readonly name: string };
}

/** A method, or a property. */
export interface DocumentedMember {
  readonly name: string;
  readonly jsDoc?: JsDoc | undefined;
  readonly optional?: boolean;
  readonly params?: readonly Parameter[];
}

/** A symbol of an entry point. */
export interface DocumentedSymbol {
  /** The file of the entry point, as in `deno.json`. */
  readonly file: string;
  readonly name: string;
  readonly kind: string;
  readonly jsDoc?: JsDoc | undefined;
  readonly params: readonly Parameter[];
  readonly methods: readonly DocumentedMember[];
  readonly properties: readonly DocumentedMember[];
}

interface Declaration {
  readonly kind: string;
  readonly jsDoc?: JsDoc;
  readonly def?: {
    readonly params?: Parameter[];
    readonly methods?: DocumentedMember[];
    readonly properties?: DocumentedMember[];
  };
}

/** What `deno doc` knows of all exported symbols. */
export async function documentedSymbols(): Promise<DocumentedSymbol[]> {
  const root = new URL("../..", import.meta.url);
  const args = ["doc", "--json", "--quiet", ...Object.values(config.exports)];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: root }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { nodes }: {
    nodes: Record<string, { symbols: { name: string; declarations: Declaration[] }[] }>;
  } = JSON.parse(new TextDecoder().decode(stdout));
  return Object.entries(nodes).flatMap(([url, { symbols }]) =>
    symbols.flatMap(({ name, declarations }) =>
      declarations.map(({ kind, jsDoc, def }) => ({
        file: `./${url.slice(root.href.length)}`,
        name,
        kind,
        jsDoc,
        params: def?.params ?? [],
        methods: def?.methods ?? [],
        properties: def?.properties ?? [],
      }))
    )
  );
}
