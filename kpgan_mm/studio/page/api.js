// Requests to the studio. Whatever goes wrong becomes an Error whose message is one sentence.

async function answer(promise) {
  let response;
  try {
    response = await promise;
  } catch {
    throw new Error('The studio does not answer: is it still running?');
  }
  let content = null;
  try {
    content = await response.json();
  } catch {
    // not JSON
  }
  if (!response.ok || content === null) {
    const error = new Error(content?.error ?? `The studio answered ${response.status} ${response.statusText}`);
    error.status = response.status;
    throw error;
  }
  return content;
}

export function get(name, query = {}) {
  return answer(fetch(`/api/${name}?${new URLSearchParams(query)}`));
}

export function post(name, body) {
  return answer(
    fetch(`/api/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
}

export function upload(file) {
  return answer(
    fetch('/api/upload', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'x-file-name': encodeURIComponent(file.name.slice(-60)) },
      body: file,
    }),
  );
}

export function frameUrl(path, frame) {
  return `/api/frame?${new URLSearchParams({ path, frame })}`;
}

// Runs `work` for the latest argument only: while one request is on its way, all but the last that come in are dropped.
export function latest(work) {
  let busy = false;
  let waiting = null;
  return async function ask(...inputs) {
    waiting = inputs;
    if (busy) return;
    busy = true;
    try {
      while (waiting) {
        const next = waiting;
        waiting = null;
        await work(...next);
      }
    } finally {
      busy = false;
    }
  };
}
