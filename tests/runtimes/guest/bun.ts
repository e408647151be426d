import process from "node:process";
import { createGuest } from "./guest.ts";

declare const Bun: {
  serve(options: { hostname: string; port: number; fetch: (request: Request) => Promise<Response> }): { url: URL };
};

const fetch = createGuest(JSON.parse(process.env["GUEST_SETUP"] ?? ""));
// deno-lint-ignore no-console -- The parent process waits for this line.
console.log(Bun.serve({ hostname: "127.0.0.1", port: 0, fetch }).url.origin);
