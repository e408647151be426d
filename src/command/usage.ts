/** The name of a command. */
export type CommandName = keyof typeof USAGES;

/** Whether a word is the name of a command. */
export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(USAGES, word);
}

/** The output of `--help`. */
export const USAGE = `Usage: cli COMMAND …, where "cli" is: deno run … jsr:@files/s3-source/cli, or the
program s3-source of a release

serve        Serves the files app for the S3 sources of a datasette.yaml.
broker       Serves temporary keys for the tenants of a broker.yaml; --check tries them.
credentials  Prints keys of a broker, for credential_process in an AWS profile.
diagnose     Tests what a source's credentials permit in its folder, and whether they reach
             outside it.
secret       Prints a new random secret for a caller of a broker, and its hash.

  -h, --help   Prints this help; behind a command, its options and an example.
  --version    Prints the version.

Exit codes: 0 for success, 1 if something does not work, 2 if the command line is wrong.
`;

const CONFIG = `  -s, --setting      Overrides the file, e.g.`;

const SERVER = `  --tls-cert, --tls-key
                     PEM files: the certificate, with those of intermediate authorities, and
                     its key, for HTTPS. They are read again when they change.
  -h, --help         Prints this help.

SIGTERM and SIGINT stop the server within 10 seconds, with exit code 0. Running requests
have 5 seconds to finish, or until a second signal; then they are aborted`;

/** The output of `--help` behind a command. */
export const USAGES = {
  serve: `Usage: serve CONFIG.yaml [-s KEY VALUE]… [--host 127.0.0.1] [--port 8001]
             [--root | --allow-anonymous] [--allowed-host NAME]…
             [--max-upload-bytes N] [--max-buffered-bytes N]
             [--tls-cert FILE --tls-key FILE]

Serves the files app for the S3 sources of a datasette.yaml.

  CONFIG.yaml        plugins: datasette-files: sources: NAME: {storage: s3, config: {…}}
                                               secret: from the command secret, or
                                                       [new, former] to replace one
                                               login: {oidc: …} or {header: …}
                     permissions: {files-browse: …, files-upload: …, files-edit: …,
                                   files-delete: …}
                     Not needed if the settings are enough.
${CONFIG}
                     -s plugins.datasette-files.sources.NAME.config.prefix team/
  --host             Address to listen on. Default 127.0.0.1. Beyond the loopback
                     interface, it needs a "login" in the file, --root, or
                     --allow-anonymous.
  --port             Port to listen on; 0 takes a free one. Default 8001.
  --root             Prints a link that logs in once, with all permissions, beside the
                     logins of the file. Everyone else has those in "permissions". With
                     a "secret" in the file, the login survives a restart.
  --allow-anonymous  Listens beyond the loopback interface without a login.
  --allowed-host     A host name that the files app accepts, such as that of a proxy in
                     front of it. May be repeated.
  --max-upload-bytes The largest request body, in bytes. Default: the largest file.
  --max-buffered-bytes
                     The most bytes of uploads in memory. Default 512 MiB.
${SERVER}, and
aborted uploads leave nothing behind. SIGHUP reads the certificate again and opens the file
of the audit again: restart the server to change its configuration.

Example: deno run --allow-net=127.0.0.1:8001,media.s3.us-east-1.amazonaws.com \\
           --allow-read=datasette.yaml,$HOME/.aws --allow-env \\
           jsr:@files/s3-source/cli serve datasette.yaml --root
`,
  broker: `Usage: broker CONFIG.yaml [-s KEY VALUE]… [--host 127.0.0.1] [--port 8002]
              [--tls-cert FILE --tls-key FILE]
       broker CONFIG.yaml [-s KEY VALUE]… --check [--json]

Serves temporary keys: GET and POST /credentials, POST / as STS; and GET /healthz, /readyz
and /metrics.

  CONFIG.yaml        broker: sts: {region: …, role_arn: …}
                             tenants: NAME: {secret_sha256: …, bucket: …, prefix: …,
                                             allow: [read, write, delete]}
                     Not needed if the settings are enough.
${CONFIG} -s broker.tenants.NAME.prefix team/
  --host             Address to listen on. Default 127.0.0.1.
  --port             Port to listen on; 0 takes a free one. Default 8002.
  --check            Serves nothing: gets keys for each tenant, tries them inside and
                     outside its folder, and fetches the keys of each issuer. Exit code 1
                     if anything is wrong.
  --json             Prints JSON instead of a table.
${SERVER}.
SIGHUP reads the configuration again, and so does a change of the file or of one that it
names. One that cannot be used is refused in the log, and the former stays.

Example: deno run --allow-net=127.0.0.1:8002,sts.eu-west-1.amazonaws.com \\
           --allow-read=broker.yaml --allow-env=TEAM_SHA256,BROKER_KEY_ID,BROKER_KEY \\
           jsr:@files/s3-source/cli broker broker.yaml
`,
  credentials: `Usage: credentials URL [--secret-file FILE] [--tenant NAME] [--folder PREFIX]
                   [--allow read,write,delete] [--duration-seconds N] [--cache]

Prints keys of a broker, for credential_process in an AWS profile.

  URL                The broker's /credentials: https:, or http: on the loopback interface.
  --secret-file      The file with the secret or JWT. Default: the variables
                     AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE (a path) or
                     AWS_CONTAINER_AUTHORIZATION_TOKEN.
  --tenant           Which tenant, where a JWT fits several.
  --folder           A folder inside the tenant's: a prefix of the bucket, e.g. team/in/.
  --allow            What the keys should permit. Default: all that the tenant may.
  --duration-seconds How long they should live. Default: as long as the tenant's.
  --cache            Keeps the keys in a file that only this user can read, and prints them
                     again until a quarter of their life is left, or 15 minutes. The folder:
                     s3-source in $XDG_CACHE_HOME, in ~/.cache, or in %LOCALAPPDATA%.
  -h, --help         Prints this help.

Example, in ~/.aws/config:
  [profile team]
  credential_process = deno run --no-prompt --allow-net=broker.example.com --allow-read=/etc/team.secret jsr:@files/s3-source/cli credentials https://broker.example.com/credentials --secret-file /etc/team.secret
`,
  diagnose: `Usage: diagnose [CONFIG.yaml] [SOURCE] [-s KEY VALUE]… [--json]

Tests what a source's credentials permit in its folder, whether they reach outside it, and
whether the store honours If-Match and If-None-Match. Exit code 1 if anything is wrong.

  CONFIG.yaml        plugins: datasette-files: sources: NAME: {storage: s3, config: {…}}
                     Not needed if the settings are enough.
  SOURCE             The NAME of one of them. Not needed if there is only one; otherwise
                     the names are listed, with exit code 2.
${CONFIG}
                     -s plugins.datasette-files.sources.NAME.config.prefix team/
  --json             Prints JSON instead of a table.
  -h, --help         Prints this help.

Example: deno run --allow-net=broker.example.com,media.s3.us-east-1.amazonaws.com \\
           --allow-read=datasette.yaml --allow-env=BROKER_SECRET \\
           jsr:@files/s3-source/cli diagnose datasette.yaml media
`,
  secret: `Usage: secret

Prints a new random secret for a caller of a broker, and its hash for the broker. The files
app can use the secret too.

  -h, --help         Prints this help.

Example: deno run jsr:@files/s3-source/cli secret
`,
} as const;
