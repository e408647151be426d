import { createGuest } from "./guest.ts";

const guest = createGuest(JSON.parse(Deno.env.get("GUEST_SETUP") ?? ""));
// deno-lint-ignore no-console -- The parent process waits for this line.
const onListen = ({ port }: Deno.NetAddr) => console.log(`http://127.0.0.1:${port}`);
Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, (request) => guest(request));
