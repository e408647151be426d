import { createGuest } from "./guest.ts";

// Made by the first request: outside of one there are no random numbers.
let guest: ReturnType<typeof createGuest> | undefined;

export default {
  async fetch(request: Request, env: { GUEST_SETUP: string }): Promise<Response> {
    guest ??= createGuest(JSON.parse(env.GUEST_SETUP));
    return await guest(request);
  },
};
