/** Starts the API reference in its frame, when the page around it has given it the document. */
(() => {
  interface Scalar {
    createApiReference(
      target: string,
      configuration: Readonly<Record<string, unknown>>,
    ): { updateConfiguration(configuration: Readonly<Record<string, unknown>>): void };
  }

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

  const { Scalar } = window as unknown as { readonly Scalar: Scalar };

  const showTheme = (isDark: boolean) => {
    document.body.classList.toggle('dark-mode', isDark);
    document.body.classList.toggle('light-mode', !isDark);
  };

  let isStarted = false;
  const start = (text: string, origin: string) => {
    if (isStarted) return;
    isStarted = true;
    Scalar.createApiReference('#app', {
      content: text,
      servers: [{ url: origin, description: 'This gateway' }],
      // Nothing is asked of anyone but the page around this one.
      withDefaultFonts: false,
      telemetry: false,
      proxyUrl: '',
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
      showDeveloperTools: 'never',
      documentDownloadType: 'none',
      hideDarkModeToggle: true,
      persistAuth: false,
      theme: 'none',
      layout: 'modern',
      defaultOpenAllTags: false,
      hideModels: true,
      defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
    });
  };

  addEventListener('message', ({ source, data }: MessageEvent<FromPage>) => {
    if (source !== parent) return;
    if (data.kind === 'theme') showTheme(data.isDark);
    else if (data.kind === 'place') location.hash = data.hash;
    else if (data.kind === 'hello') parent.postMessage({ kind: 'ready' }, '*');
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
})();
