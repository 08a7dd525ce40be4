/**
 * The page around the API reference. It fetches the document of the API, sends the requests that are tried in the frame, and
 * keeps theme and address. The frame has no origin: all that it gets passes through here, and no request has cookies.
 */
interface Try {
  readonly kind: 'request';
  readonly id: number;
  readonly url: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: ArrayBuffer | undefined;
}

type FromFrame =
  | Try
  | { readonly kind: 'ready' }
  | { readonly kind: 'abort'; readonly id: number }
  | { readonly kind: 'place'; readonly hash: string };

const frame = document.querySelector<HTMLIFrameElement>('#reference');
const status = document.querySelector<HTMLElement>('#status');
const button = document.querySelector<HTMLButtonElement>('#theme');
const running = new Map<number, AbortController>();

// Its origin is opaque, which no other name of a target means.
const post = (message: object, transfer: Transferable[] = []) =>
  frame?.contentWindow?.postMessage(message, '*', transfer);

const chosen = (): string | null => {
  try {
    return localStorage.getItem('halley.theme');
  } catch {
    return null;
  }
};
const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const isDark = () => {
  const theme = chosen();
  return theme === 'light' || theme === 'dark' ? theme === 'dark' : prefersDark.matches;
};
const showTheme = () => {
  document.documentElement.classList.toggle('dark', isDark());
  button?.setAttribute('aria-pressed', String(isDark()));
  post({ kind: 'theme', isDark: isDark() });
};
showTheme();
prefersDark.addEventListener('change', showTheme);
addEventListener('storage', showTheme);
button?.addEventListener('click', () => {
  try {
    localStorage.setItem('halley.theme', isDark() ? 'light' : 'dark');
  } catch {
    // Without storage the system's theme applies.
  }
  showTheme();
});

/** Sends what is tried to this gateway, and to no page of it. */
const send = async ({ id, url, method, headers, body }: Try) => {
  const target = new URL(url);
  const isOfApi = target.origin === location.origin && !/^\/(?:console|docs)(?:\/|$)/.test(target.pathname);
  if (!isOfApi) throw new Error('Only requests to the API of this gateway are sent from here.');
  const controller = new AbortController();
  running.set(id, controller);
  const response = await fetch(target, {
    method,
    headers: headers.map(([name, value]) => [name, value]),
    ...(body === undefined ? {} : { body }),
    // Neither the cookie of a session goes out nor is one taken in.
    credentials: 'omit',
    cache: 'no-store',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    signal: controller.signal,
  });
  const head = { status: response.status, statusText: response.statusText };
  post({ kind: 'head', id, ...head, headers: [...response.headers] });
  const reader = response.body?.getReader();
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) break;
    post({ kind: 'piece', id, bytes: piece.value });
  }
  post({ kind: 'end', id });
};

const loadDocument = async () => {
  const response = await fetch('/api/openapi.json', { credentials: 'omit' });
  if (!response.ok) throw new Error(`The gateway answered ${response.status}.`);
  const text = await response.text();
  post({ kind: 'document', text, origin: location.origin, hash: location.hash, isDark: isDark() });
  status?.remove();
};

addEventListener('message', ({ source, data }: MessageEvent<FromFrame>) => {
  if (source !== frame?.contentWindow) return;
  if (data.kind === 'ready') {
    loadDocument().catch((error: unknown) => {
      if (status) status.textContent = `The document of the API cannot be read. ${error}`;
    });
  } else if (data.kind === 'request') {
    send(data)
      .catch((error: unknown) => post({ kind: 'failed', id: data.id, text: String(error) }))
      .finally(() => running.delete(data.id));
  } else if (data.kind === 'abort') running.get(data.id)?.abort();
  else if (data.kind === 'place') history.replaceState(null, '', data.hash || location.pathname);
});
addEventListener('hashchange', () => post({ kind: 'place', hash: location.hash }));
// The frame may have been ready before this script ran.
post({ kind: 'hello' });

export {};
