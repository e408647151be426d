import { assertFilePath } from "../../s3/keys.ts";
import { folderOf } from "../browser/format.js";
import { mayDo, sourceOf } from "../allowed_actions.ts";
import { type AppContext, type AppRequest, type FilesHono, noteAction, sourceNameOf } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { readForm } from "../http/body.ts";
import { isProxied, shareThroughApp } from "../http/transfer.ts";
import type { NamedSource } from "../permissions/background_facts.ts";
import { type LinkMaker, MAX_LINK_SECONDS } from "../session/shared_links.ts";
import { readQuery } from "../urls.ts";
import { LIFETIMES, linkPage, type LinkView, type RevokeScope } from "./link_view.ts";
import { placeOf } from "./place.ts";
import { FORM_ROUTE } from "./urls.ts";

/** Makes links to a file or folder that work without permissions until they end, and revokes them. */
export function addLinkPage(app: FilesHono, context: AppContext): void {
  app.get(`${FORM_ROUTE}/link`, async (c) => {
    const named = sourceOf(c, context, "files-browse");
    const path = readQuery(c.req.url).get("path") ?? "";
    return c.html(linkPage(context, await viewOf(c, context, { ...named, path })));
  });

  app.post(`${FORM_ROUTE}/link`, async (c) => {
    noteAction(c, { action: "link", source: sourceNameOf(c) });
    const named = sourceOf(c, context, "files-browse");
    const form = await readForm(c, context);
    const path = form.get("path") ?? "";
    noteAction(c, { path });
    const expiresInSeconds = Number(form.get("expires_in_seconds") ?? 3_600);
    if (!LIFETIMES.has(expiresInSeconds)) {
      throw new RequestRefusal(400, "A link can last an hour, a day, three days or a week.");
    }
    const view = { ...await viewOf(c, context, { ...named, path }), expiresInSeconds };
    const isDirect = view.storeUntil !== undefined && form.get("through") === "store";
    const link = isDirect
      ? await named.source.downloadUrl(path, { expiresInSeconds, signal: c.req.raw.signal })
      : await shareThroughApp(c, context, { ...named, path, expiresInSeconds });
    return c.html(linkPage(context, { ...view, isDirect, link }));
  });

  app.post(`${FORM_ROUTE}/revoke`, async (c) => {
    noteAction(c, { action: "link_revoke", source: sourceNameOf(c) });
    const named = sourceOf(c, context, "files-browse");
    const path = (await readForm(c, context)).get("path") ?? "";
    noteAction(c, { path });
    const view = await viewOf(c, context, { ...named, path });
    if (view.revokes === undefined) throw new RequestRefusal(403, "You may not revoke links of others.");
    await context.links.revoke({ source: named.name, path }, view.revokes === "own" ? makerOf(c) : undefined);
    return c.html(linkPage(context, { ...view, isRevoked: true }));
  });
}

/** A file or folder to share. */
interface NamedPath extends NamedSource {
  readonly path: string;
}

/** What the page shows before anything is done. */
async function viewOf(c: AppRequest, context: AppContext, named: NamedPath): Promise<LinkView> {
  const { path } = named;
  assertFilePath(path);
  const isFolder = path.endsWith("/");
  return {
    ...placeOf(c, context, { named, folder: isFolder ? path : folderOf(path) }),
    path,
    expiresInSeconds: 86_400,
    isDirect: false,
    storeUntil: isFolder ? undefined : await findStoreUntil(c, context, named),
    revokes: revokeScopeOf(c, context, named),
  };
}

/** Until when a link straight to the store could work; `undefined` if there is none. */
async function findStoreUntil(c: AppRequest, context: AppContext, named: NamedPath): Promise<Date | undefined> {
  const { source, path } = named;
  const { signal } = c.req.raw;
  if (!await source.stat(path, { signal })) throw new RequestRefusal(404, "There is no such file.");
  if (isProxied(c, context, { ...named, way: "downloads" })) return undefined;
  return (await source.downloadUrl(path, { expiresInSeconds: MAX_LINK_SECONDS, signal })).expiresAt;
}

/** Those who may change files revoke links of everyone, others their own. */
function revokeScopeOf(c: AppRequest, context: AppContext, { name }: NamedSource): RevokeScope | undefined {
  const mayChange = (["files-edit", "files-delete"] as const).some((action) => mayDo(c, context, { name, action }));
  if (mayChange) return "all";
  return c.get("visitor").actor === null ? undefined : "own";
}

function makerOf(c: AppRequest): LinkMaker {
  const { actor, login } = c.get("visitor");
  return { actor, isOperator: login?.isOperator === true };
}
