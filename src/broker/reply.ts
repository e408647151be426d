/** An answer in JSON that nobody keeps. */
export function reply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { status, headers: { ...headers, "cache-control": "no-store" } });
}

/** An answer that says what is wrong. */
export function refuse(status: number, error: string, headers?: Readonly<Record<string, string>>): Response {
  return reply(status, { error }, headers);
}
