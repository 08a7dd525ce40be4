/**
 * Prepares the frame of the API reference before the program in it runs: storage that lasts as long as the page, and a
 * `fetch` that asks the page around it. In a frame without an origin the browser's own ones throw.
 */
(() => {
  type FromPage =
    | {
        readonly kind: 'head';
        readonly id: number;
        readonly status: number;
        readonly statusText: string;
        readonly headers: [string, string][];
      }
    | { readonly kind: 'piece'; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
    | { readonly kind: 'end'; readonly id: number }
    | { readonly kind: 'failed'; readonly id: number; readonly text: string }
    | { readonly kind: 'document' | 'theme' | 'place' | 'hello' };

  interface Waiting {
    readonly resolve: (response: Response) => void;
    readonly reject: (error: Error) => void;
    body?: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  }

  class MemoryStorage {
    readonly #items = new Map<string, string>();
    get length() {
      return this.#items.size;
    }
    key = (index: number) => [...this.#items.keys()][index] ?? null;
    getItem = (name: string) => this.#items.get(name) ?? null;
    setItem = (name: string, value: string) => void this.#items.set(name, String(value));
    removeItem = (name: string) => void this.#items.delete(name);
    clear = () => this.#items.clear();
  }

  const replace = (owner: object, name: string, value: unknown) =>
    Object.defineProperty(owner, name, { configurable: true, value, writable: true });
  replace(window, 'localStorage', new MemoryStorage());
  replace(window, 'sessionStorage', new MemoryStorage());
  replace(document, 'cookie', '');

  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  const withoutBody: ReadonlySet<number> = new Set([204, 205, 304]);

  const ask = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
    const body = hasBody ? await request.arrayBuffer() : undefined;
    lastId += 1;
    const id = lastId;
    const { url, method } = request;
    return await new Promise<Response>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      request.signal.addEventListener('abort', () => {
        parent.postMessage({ kind: 'abort', id }, '*');
        reject(new DOMException('The request was aborted.', 'AbortError'));
      });
      parent.postMessage({ kind: 'request', id, url, method, headers: [...request.headers], body }, '*');
    });
  };
  replace(window, 'fetch', ask);

  addEventListener('message', ({ source, data }: MessageEvent<FromPage>) => {
    if (source !== parent || !('id' in data)) return;
    const one = waiting.get(data.id);
    if (!one) return;
    if (data.kind === 'head') {
      const { status, statusText, headers } = data;
      const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start: (controller) => {
          one.body = controller;
        },
      });
      one.resolve(new Response(withoutBody.has(status) ? null : stream, { status, statusText, headers }));
    } else if (data.kind === 'piece') one.body?.enqueue(data.bytes);
    else if (data.kind === 'end') {
      one.body?.close();
      waiting.delete(data.id);
    } else {
      one.reject(new TypeError(data.text));
      one.body?.error(new TypeError(data.text));
      waiting.delete(data.id);
    }
  });
})();
