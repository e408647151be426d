import { html } from "hono/html";
import type { AppContext } from "../context.ts";
import type { PathFailure } from "../files/path_failure.ts";
import { folderUrl } from "../urls.ts";
import { type Markup, page } from "./page.ts";
import type { Place } from "./place.ts";

/** An action on several files that failed for some of them. */
export interface Failures {
  /** Says that the action is incomplete. */
  readonly heading: string;
  /** How much was done. */
  readonly summary: string;
  /** The files that it failed for. */
  readonly errors: readonly PathFailure[];
}

/** Lists the files that an action failed for, with reasons. */
export function failuresPage(context: AppContext, place: Place, { heading, summary, errors }: Failures): Markup {
  return page(context, {
    heading,
    place,
    content: html`
      <section class="sheet wide">
        <h1>${heading}</h1>
        <p>${summary}</p>
        <table class="failures">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col">Reason</th>
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
          <a class="button" href="${folderUrl(place.source, place.folder)}">Back to the folder</a>
        </div>
      </section>
    `,
  });
}
