/** The head of the home page: what Halley is, and where to begin. */

/** Front matter of VitePress's home layout. */
export function homeFrontMatter(paths: ReadonlySet<string>): Readonly<Record<string, unknown>> {
  const first = (...candidates: readonly string[]) => {
    const found = candidates.find((path) => paths.has(`${path}.md`) || paths.has(`${path}/index.md`));
    return `/${found ?? candidates.at(-1)}${found !== undefined && paths.has(`${found}/index.md`) ? '/' : ''}`;
  };
  return {
    layout: 'home',
    hero: {
      name: 'Halley',
      text: 'A self-hosted gateway for AI models',
      tagline:
        'One API for OpenAI, Anthropic, Gemini and local models. Each program gets its own key, with its own limits. A deleted key is dead the moment the deletion is confirmed.',
      actions: [
        { theme: 'brand', text: 'Get started', link: first('tutorial', 'guides/install', 'guides') },
        { theme: 'alt', text: 'Guides', link: '/guides/' },
        { theme: 'alt', text: 'API reference', link: '/reference/api', target: '_self' },
      ],
    },
    features: [
      {
        title: 'Run it',
        details: 'Start a gateway, connect upstreams, and operate one node or a fleet.',
        link: first('guides/install', 'guides/operations', 'guides'),
        linkText: 'Install and run',
      },
      {
        title: 'Use it',
        details: 'Point SDKs, coding agents and chat programs at it. Only base URL and key change.',
        link: first('guides/clients', 'guides'),
        linkText: 'Connect a client',
      },
      {
        title: 'Trust it',
        details: 'How a deletion reaches every node and every running request, and how that is checked.',
        link: first('explanation/revocation', 'explanation'),
        linkText: 'How a key is revoked',
      },
    ],
  };
}
