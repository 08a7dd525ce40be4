/** Starts the API reference in its frame, when the page around it has given it the document. */
import { parseDocument } from './document.ts';
import { pluginFor } from './plugin.ts';
import type { System } from './system.ts';

type CreateSwaggerUi = (configuration: Readonly<Record<string, unknown>>) => System;

type FromPage =
  | {
      readonly kind: 'document';
      readonly text: string;
      readonly origin: string;
      readonly hash: string;
      readonly isDark: boolean;
    }
  | { readonly kind: 'theme'; readonly isDark: boolean }
  | { readonly kind: 'place'; readonly hash: string }
  | { readonly kind: 'hello' };

const { SwaggerUIBundle } = window as unknown as { readonly SwaggerUIBundle: CreateSwaggerUi };

const showTheme = (isDark: boolean) => {
  document.documentElement.classList.toggle('dark', isDark);
};

let reference: System | undefined;

const start = (text: string, origin: string) => {
  if (reference) return;
  const api = parseDocument(text, origin);
  reference = SwaggerUIBundle({
    dom_id: '#app',
    spec: api,
    plugins: [pluginFor(api)],
    deepLinking: true,
    docExpansion: 'none',
    filter: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    syntaxHighlight: { activated: false },
    // Nothing is asked of anyone but the page around this one, and nothing is taken from the address.
    validatorUrl: null,
    queryConfigEnabled: false,
    persistAuthorization: false,
  });
};

// A browser submits no form in this frame, and tells no script of it either: the program hears of it from here.
addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  if (button?.type !== 'submit' || !button.form) return;
  event.preventDefault();
  button.form.dispatchEvent(
    new SubmitEvent('submit', { bubbles: true, cancelable: true, submitter: button }),
  );
});

addEventListener('message', ({ source, data }: MessageEvent<FromPage>) => {
  if (source !== parent) return;
  if (data.kind === 'theme') showTheme(data.isDark);
  else if (data.kind === 'place') {
    location.hash = data.hash;
    reference?.layoutActions.parseDeepLinkHash(data.hash);
  } else if (data.kind === 'hello') parent.postMessage({ kind: 'ready' }, '*');
  else if (data.kind === 'document') {
    showTheme(data.isDark);
    if (data.hash !== '') location.hash = data.hash;
    start(data.text, data.origin);
  }
});

let shown = location.hash;
setInterval(() => {
  // The program changes its address without an event.
  if (location.hash === shown) return;
  shown = location.hash;
  parent.postMessage({ kind: 'place', hash: shown }, '*');
}, 500);
parent.postMessage({ kind: 'ready' }, '*');
