/** The page of uploader.ts. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Upload</title>
<script type="module" src="/uploader.js"></script>
<h1>Upload pictures and PDFs</h1>
<form>
  <input type="file" name="files" multiple required aria-label="Files">
  <button>Upload</button>
</form>
<ul aria-live="polite"></ul>
</html>
`;

/** Its script. */
export const SCRIPT = `const form = document.querySelector("form");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  for (const file of form.elements.files.files) {
    const line = document.querySelector("ul").appendChild(document.createElement("li"));
    line.textContent = file.name + ": sending";
    try {
      const { path, size } = await store(file);
      line.textContent = file.name + ": stored as " + path + ", " + size + " bytes";
    } catch (error) {
      line.textContent = file.name + ": " + error.message;
    }
  }
  form.reset();
});

async function store(file) {
  const { name, size, type } = file;
  const { path, ...prepared } = await ask("/prepare", { name, size, type }, { method: "POST" });
  const response = await send(file, prepared).catch(() => undefined);
  // No response at all: the page cannot reach the store.
  if (!response) return await ask("/upload", { name }, { method: "PUT", headers: { "content-type": type }, body: file });
  if (!response.ok) throw new Error("The store answered " + response.status);
  return await ask("/stored", { path }, { method: "POST" });
}

async function send(file, { url, method, headers, fields }) {
  if (method === "PUT") return await fetch(url, { method, headers, body: file });
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", file);
  return await fetch(url, { method, body });
}

async function ask(address, query, init) {
  const response = await fetch(address + "?" + new URLSearchParams(query), init);
  if (!response.ok) throw new Error(await response.text());
  return await response.json();
}
`;
