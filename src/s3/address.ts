/** Host and port of a URL, also if the port is the scheme's own; empty if it is no URL. */
export function addressOf(url: string): string {
  const { protocol, hostname, port } = URL.parse(url) ?? { protocol: "", hostname: "", port: "" };
  if (hostname === "" || port !== "") return hostname === "" ? "" : `${hostname}:${port}`;
  return protocol === "https:" ? `${hostname}:443` : protocol === "http:" ? `${hostname}:80` : hostname;
}
