/** A connection to Redis or Valkey. */
export interface RedisConnection {
  /** Sends a command; rejects at once if there is no connection, or too many commands wait for an answer. */
  send(command: readonly string[]): Promise<unknown>;
  /** Whether the connection is there. */
  isUp(): boolean;
  /** Ends it. */
  close(): void;
}

/**
 * Connects, and again whenever the connection breaks.
 *
 * @throws If the first connection fails.
 */
export async function connectRedis(url: string): Promise<RedisConnection> {
  // Only now, as most programs need none.
  const { createClient } = await import("@redis/client");
  let wasUp = false;
  const client = createClient({
    url,
    // All that is needed, and understood by old servers.
    RESP: 2,
    maintNotifications: "disabled",
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_COMMANDS,
    // A connection whose other end is gone without a word does not answer these.
    pingInterval: PING_MS,
    socket: {
      connectTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: (tries) => wasUp && Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS),
    },
  });
  // Calls fail with it; without a listener it would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    // A server that wants a password says so only now.
    await client.sendCommand(["PING"]);
  } catch (error) {
    if (client.isOpen) client.destroy();
    throw error;
  }
  wasUp = true;
  return {
    send: (command) => client.sendCommand([...command]),
    isUp: () => client.isReady,
    close: () => client.destroy(),
  };
}

const MAX_COMMANDS = 1_000;
const CONNECT_MS = 2_000;
const PING_MS = 2_000;
const SILENCE_MS = 5_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
