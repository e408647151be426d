/**
 * Sends bytes and reports progress.
 * @type {import("./client_types.ts").UploadWorld["send"]}
 */
export function send(url, { method, headers, body, signal, onProgress }) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let timer = setTimeout(stop, STALLED_MS);
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      // The browser sets these itself.
      if (!/^(host|content-length)$/i.test(name)) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded }) => {
      clearTimeout(timer);
      timer = setTimeout(stop, STALLED_MS);
      onProgress(loaded);
    };
    request.onloadend = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      resolve({ status: request.status, text: request.responseText });
    };
    signal.addEventListener("abort", stop);
    request.send(body);
  });
}

/** A connection without progress for this long counts as lost. */
const STALLED_MS = 90_000;
