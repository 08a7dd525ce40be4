/** Builds the console into `dist/`: hashed files under `assets/`, and the shell `index.html`. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { messageCatalogues } from './i18n/compile-catalogues.ts';

/** What every page uses. Parts over Base UI, charts and messages are not among it: they load when they are needed. */
const libraries =
  /node_modules[\\/](?!.*(?:useBlocker|infiniteQueryObserver|useQueries|queriesObserver))(?:react|react-dom|scheduler|use-sync-external-store|@tanstack|@lingui|openapi-fetch|valibot)[\\/]/;
const kit =
  /console[\\/](?:(?:api|format|shell)[\\/](?!command-menu|shortcut-help|chart-format|change|stretch)|i18n[\\/][a-z-]+[.]tsx?|components[\\/](?:table[\\/]|(?:announcer|button|callout|class-names|copy-button|copy-text|menu-button|meter|numbers|page|segments|select|stack|states|status|time|toggle|toolbar|use-now|visually-hidden)[.]))/;

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [messageCatalogues(), react()],
  json: { namedExports: false },
  build: {
    target: 'es2023',
    // Inlined files would need `data:` in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      // The lists of what to fetch beside a dialog weigh more than the round trip that they spare.
      resolveDependencies: (_file, files, { hostType }) => (hostType === 'html' ? files : []),
    },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // One file compresses better than thirty, and changes less often than the pages.
        codeSplitting: {
          groups: [
            { name: 'libraries', test: libraries },
            { name: 'kit', test: kit },
          ],
        },
      },
    },
  },
});
