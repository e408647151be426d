import process from "node:process";
import { serve } from "@hono/node-server";
import { createGuest } from "./guest.ts";

const fetch = createGuest(JSON.parse(process.env["GUEST_SETUP"] ?? ""));
// deno-lint-ignore no-console -- The parent process waits for this line.
serve({ hostname: "127.0.0.1", port: 0, fetch }, ({ port }) => console.log(`http://127.0.0.1:${port}`));
