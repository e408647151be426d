import { html } from "hono/html";
import type { AppContext } from "../context.ts";
import type { PathFailure } from "../files/delete_tree.ts";
import { folderUrl } from "../urls.ts";
import { breadcrumbs } from "./breadcrumbs.ts";
import { type Markup, page, type Place } from "./page.ts";

/** What something done to many files left undone. */
export interface Failures {
  /** Says that not all was done. */
  readonly heading: string;
  /** What was done, and what is safe. */
  readonly summary: string;
  /** The files it was not done to. */
  readonly errors: readonly PathFailure[];
}

/** Says to which files something could not be done, and why. */
export function failuresPage(context: AppContext, place: Place, { heading, summary, errors }: Failures): Markup {
  const { source, folder } = place;
  return page(context, {
    kind: "form",
    heading,
    place,
    breadcrumbs: breadcrumbs(place, folder),
    content: html`
      <section class="sheet wide">
        <h1>${heading}</h1>
        <p>${summary}</p>
        <table class="failures">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            ${errors.map(({ path, message }) =>
              html`
                <tr>
                  <td><bdi>${path}</bdi></td>
                  <td>${message}</td>
                </tr>
              `
            )}
          </tbody>
        </table>
        <div class="choice">
          <a class="button" href="${folderUrl(source, folder)}">Back to the folder</a>
        </div>
      </section>
    `,
  });
}
