import MarkdownIt, { type Env, type Token } from "markdown-it";
import { markdownPicture, type MarkdownPlace, markdownTarget, slugOf } from "./markdown_links.ts";

/** Options of {@link renderMarkdown}. */
export interface RenderMarkdownOptions {
  /** The file that the text is in. */
  readonly place: MarkdownPlace;
  /** A clock in milliseconds. */
  readonly now?: () => number;
}

/**
 * Renders Markdown as HTML that is safe in a page of the app: HTML in it is text, links lead to the web or to files of
 * the source, and pictures are files of the source; other pictures become links.
 *
 * @returns `undefined` if it is too complex to be rendered in time.
 */
export function renderMarkdown(
  text: string,
  { place, now = () => performance.now() }: RenderMarkdownOptions,
): string | undefined {
  const env: Env = { now, endMs: now() + MAX_MS };
  try {
    const [matter, content] = splitFrontMatter(text.replace(/^\uFEFF/, ""));
    const tokens = markdownIt.parse(content, env);
    adapt(tokens, place);
    return matter + markdownIt.renderer.render(tokens, markdownIt.options, env);
  } catch (error) {
    if (error === TOO_COMPLEX) return undefined;
    throw error;
  }
}

/** Rendering blocks all other requests. */
const MAX_MS = 250;
/** A longer paragraph is shown as it is: markup in it takes time that grows with the square of its length. */
const MAX_INLINE_LENGTH = 8_192;
const TOO_COMPLEX = new Error("too complex");

const markdownIt = createRenderer();

function createRenderer(): InstanceType<typeof MarkdownIt> {
  const created = new MarkdownIt({ html: false, linkify: false, maxNesting: 40 });
  // `markdownTarget` decides, once the file is known.
  created.validateLink = () => true;
  created.block.ruler.before("table", "deadline", ({ env }) => {
    assertInTime(env);
    return false;
  }, { alt: ["paragraph", "reference", "blockquote", "list", "table"] });
  created.core.ruler.at("inline", ({ tokens, md, env }) => {
    for (const { type, content, children } of tokens) {
      if (type !== "inline" || children === null) continue;
      assertInTime(env);
      if (content.length <= MAX_INLINE_LENGTH) md.inline.parse(content, md, env, children);
      else children.push(textToken(content));
    }
  });
  return created;
}

function assertInTime(env: Env): void {
  if (typeof env.now === "function" && env.now() > Number(env.endMs)) throw TOO_COMPLEX;
}

/** Metadata as many programs put it before Markdown, between lines of three dashes. */
function splitFrontMatter(text: string): [matter: string, content: string] {
  const [all = "", matter = ""] = /^---\r?\n([^]*?\r?\n)---[ \t]*(?:\r?\n|$)/.exec(text) ?? [];
  if (all === "") return ["", text];
  return [`<pre>${markdownIt.utils.escapeHtml(matter)}</pre>`, text.slice(all.length)];
}

/** Turns tokens into those of a page of the app. */
function adapt(tokens: readonly Token[], place: MarkdownPlace): void {
  const slugs = new Map<string, number>();
  for (const [index, token] of tokens.entries()) {
    const { type, tag, children } = token;
    if (/^h[1-5]$/.test(tag)) token.tag = `h${Number(tag[1]) + 1}`;
    if (type === "heading_open") {
      const slug = slugOf(textOf(tokens[index + 1]?.children ?? []));
      const count = slugs.get(slug) ?? 0;
      slugs.set(slug, count + 1);
      token.attrSet("id", `md-${slug}${count === 0 ? "" : `-${count}`}`);
    }
    // The content security policy permits no styles in attributes.
    const [, align] = /^text-align:(\w+)$/.exec(String(token.attrGet("style") ?? "")) ?? [];
    if (align !== undefined) token.attrs = [["class", `align-${align}`]];
    if (children !== null) token.children = adaptInline(children, place);
  }
}

function adaptInline(children: readonly Token[], place: MarkdownPlace): Token[] {
  const adapted: Token[] = [];
  let isInLink = false;
  for (const token of children) {
    if (token.type === "link_close") isInLink = false;
    if (token.type === "link_open") {
      isInLink = true;
      token.attrs = linkAttributes(String(token.attrGet("href") ?? ""), place);
    }
    adapted.push(...token.type === "image" ? picture(token, { place, isInLink }) : [token]);
  }
  return adapted;
}

/** A picture of the source, or a link to another one; only its text in a link, as links cannot be nested. */
function picture(
  token: Token,
  { place, isInLink }: { readonly place: MarkdownPlace; readonly isInLink: boolean },
): Token[] {
  const address = String(token.attrGet("src") ?? "");
  const src = markdownPicture(address, place);
  if (src !== undefined) {
    token.attrSet("src", src);
    token.attrSet("loading", "lazy");
    return [token];
  }
  const label = textToken(textOf(token.children ?? []) || address);
  const attrs = linkAttributes(address, place);
  if (isInLink || attrs.length === 0) return [label];
  const open = new MarkdownIt.Token("link_open", "a", 1);
  open.attrs = attrs;
  return [open, label, new MarkdownIt.Token("link_close", "a", -1)];
}

/** Of a link; none if it leads nowhere. */
function linkAttributes(address: string, place: MarkdownPlace): [string, string][] {
  const href = markdownTarget(address, place);
  if (href === undefined) return [];
  const isOutside = /^[a-z]+:/.test(href);
  return [["href", href], ...isOutside ? [["rel", "noopener noreferrer nofollow"] as [string, string]] : []];
}

function textToken(content: string): Token {
  const token = new MarkdownIt.Token("text", "", 0);
  token.content = content;
  return token;
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ type, content, children }) =>
    type === "image" ? textOf(children ?? []) : type === "text" || type === "code_inline" ? content : ""
  ).join("");
}
