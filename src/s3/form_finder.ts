import type { ErrorResponse } from "./error_response.ts";
import type { LearnedTraits } from "./learned_traits.ts";
import { type Guess, guessesOf, quotedConditions } from "./form_guesses.ts";
import { learn, optionOf } from "./lessons.ts";
import { toForm } from "./request_forms.ts";
import type { S3Request } from "./s3_request.ts";
import { isUnsupported } from "./unsupported.ts";

/** Finds the form of one request that the store takes, after a refusal. */
export interface FormFinder {
  /** The next form to try; `undefined` if there is none. */
  next(form: S3Request, refused: ErrorResponse): Promise<S3Request | undefined>;
  /** The store has taken the latest form. */
  succeed(): void;
  /** The error to throw after all: the one that says most. */
  explain(refused: ErrorResponse): ErrorResponse;
  /** The end of the error's message: options to set, if the store is not trusted to say so. */
  readonly hint: string;
}

/** The parts of a finder. */
export interface FormFinderOptions {
  readonly traits: LearnedTraits;
  readonly isAws: boolean;
  /** The tag of an object; `null` if it is unknown. */
  readonly askTag: (key: string) => Promise<string | null>;
}

/** @param request As it is meant for AWS. */
export function createFormFinder(request: S3Request, { traits, isAws, askTag }: FormFinderOptions): FormFinder {
  let known = traits.known;
  /** Guesses after which the store refused the request for another reason. */
  let accepted: Guess[] = [];
  let first: ErrorResponse | undefined;
  let guesses: Guess[] | undefined;
  let guess: Guess | undefined;
  /** Whether the same form is not to be sent once more. */
  let isConfirmed = false;
  let hint = "";

  async function guessAfter(form: S3Request, refused: ErrorResponse): Promise<Guess[]> {
    const all = refused.status === 412 ? await guessQuotes(form) : guessesOf(form, refused, { isAws });
    const distrusted = all.filter(({ trait }) => traits.fixedBy(trait) === "transport").at(-1);
    if (distrusted !== undefined && isTelling(refused)) hint = hintOf(distrusted);
    return all.filter(({ trait }) => traits.fixedBy(trait) === undefined);
  }

  /** Quotes are to blame if each condition holds nevertheless. */
  async function guessQuotes(form: S3Request): Promise<Guess[]> {
    const conditions = isAws || traits.fixedBy("quotedEtags") === "config" ? [] : quotedConditions(form);
    const { key, headers = {} } = form;
    const mustBeNew = key !== undefined && headers["if-none-match"] !== undefined;
    if (conditions.length > 0 && mustBeNew && await askTag(key) !== null) return [];
    for (const { key, tag } of conditions) {
      if (await askTag(key) !== tag) return [];
    }
    return conditions.length === 0 ? [] : [{ trait: "quotedEtags", value: false }];
  }

  function formOf(...guesses: readonly Guess[]): S3Request {
    const guessed = Object.fromEntries(guesses.map(({ trait, value }) => [trait, value]));
    return toForm(request, { ...known, ...guessed });
  }

  return {
    async next(form, refused) {
      if (traits.known !== known) {
        // Another request has learned something meanwhile.
        known = traits.known;
        [accepted, first, guesses, guess, isConfirmed] = [[], undefined, undefined, undefined, false];
        return formOf();
      }
      if (first !== undefined && !isSameKind(refused, first)) {
        if (guess !== undefined) {
          accepted.push(guess);
          isConfirmed = false;
        }
        [first, guesses, guess] = [undefined, undefined, undefined];
      }
      first ??= refused;
      guesses ??= await guessAfter(form, refused);
      const isFirst = guess === undefined && !isConfirmed && guesses.length > 0;
      isConfirmed = true;
      // A single answer, as of a gateway in front of the store or in a race, must not teach anything for good.
      if (isFirst && (refused.code === undefined || refused.status === 412)) return form;
      guess = guesses.shift();
      return guess && formOf(...accepted, guess);
    },
    succeed() {
      for (const { trait, value } of guess === undefined ? accepted : [...accepted, guess]) learn(traits, trait, value);
    },
    explain: (refused) => first !== undefined && isSameKind(refused, first) ? first : refused,
    get hint() {
      return hint;
    },
  };
}

/** Whether two failures may have the same reason. */
function isSameKind(a: ErrorResponse, b: ErrorResponse | undefined): boolean {
  return b !== undefined && (isUnsupported(a) ? isUnsupported(b) : a.status === b.status);
}

/** Whether a failure says, more than that something is wrong, that something is unknown. */
function isTelling({ status, code = "", message = "" }: ErrorResponse): boolean {
  return status !== 400 || /supported|implemented|unknown/i.test(code) || /x-amz-checksum/i.test(message);
}

function hintOf({ trait, value }: Guess): string {
  return `; if the store does not know this, set ${optionOf(trait, value)}, which is not found out over http:`;
}
