import { createGuest } from "./guest.ts";

// Created by the first request: Workers have no random numbers outside of one.
let guest: ReturnType<typeof createGuest> | undefined;

export default {
  async fetch(request: Request, env: { GUEST_SETUP: string }): Promise<Response> {
    guest ??= createGuest(JSON.parse(env.GUEST_SETUP));
    return await guest(request);
  },
};
