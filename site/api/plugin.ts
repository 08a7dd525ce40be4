/** What Swagger UI does otherwise here, as a plugin of it. */
import { partOf } from './document.ts';
import type { ApiDocument, Items, Place, System } from './system.ts';

/** @returns the plugin for that document, which it shows whatever address it is given */
export function pluginFor(api: ApiDocument): object {
  return {
    fn: { opsFilter: findOperations },
    statePlugins: {
      spec: { wrapActions: readingOf(api) },
      layout: { wrapActions: { parseDeepLinkHash: openPlace }, wrapSelectors: { isShown: showFound } },
    },
    wrapComponents: {
      // There is one gateway, whose page this is.
      ServersContainer: () => () => null,
      // A link inside of a button; the address follows what is opened anyway.
      DeepLink: plainText,
      HighlightCode: framed,
      TextArea: named,
      FilterContainer: underHeading,
    },
  };
}

/** Operations whose path or summary has the words; all of a tag whose name has them. */
function findOperations(tags: Items, phrase: string): Items {
  const words = phrase.toLowerCase().split(/\s+/);
  const has = (...texts: readonly unknown[]) => {
    const text = texts.join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return tags
    .map((tag, name) => {
      if (has(name)) return tag;
      const operations = (tag.get('operations') as Items).filter((one) =>
        has(one.get('method'), one.get('path'), (one.get('operation') as Items).get('summary')),
      );
      return tag.set('operations', operations);
    })
    .filter((tag) => (tag.get('operations') as Items).size > 0);
}

type IsShown = (place: string | Place, ...rest: readonly unknown[]) => boolean;

/** What was found is not folded away. */
const showFound =
  (original: IsShown) =>
  (state: Items, place: string | Place, ...rest: readonly unknown[]) => {
    const phrase = state.get('filter');
    const isFound = place[0] === 'operations-tag' && typeof phrase === 'string' && phrase.length > 1;
    return isFound || original(place, ...rest);
  };

/** The package's own way takes `_` in a name for a space, too. */
const openPlace =
  (_: unknown, { layoutActions, layoutSelectors }: System) =>
  (hash: string) => {
    const parts = decodeURIComponent(hash).replace(/^#\/?/, '').split('/');
    const [tag = ''] = parts;
    if (tag === '') return;
    const place = layoutSelectors.isShownKeyFromUrlHashArray(parts);
    layoutActions.show(['operations-tag', tag], true);
    layoutActions.show(place, true);
    layoutActions.scrollTo(place);
    layoutActions.scrollToVirtualizedOperation(place);
  };

/** The package's own ways read the whole document as YAML, and all of it again for each operation that is opened. */
const readingOf = (api: ApiDocument) => ({
  parseToJson:
    (_: unknown, { specActions }: System) =>
    () =>
      specActions.updateJsonSpec(api),
  requestResolvedSubtree:
    (_: unknown, { specActions }: System) =>
    (path: Place) =>
      specActions.updateResolvedSubtree(path, partOf(api, path)),
});

const plainText =
  (_: unknown, { React }: System) =>
  ({ text }: { readonly text: string }) =>
    React.createElement('span', null, text);

/** A frame around code, which scrolls and which the keyboard can reach. */
const framed =
  (Original: unknown, { React }: System) =>
  (properties: object) => {
    const frame = { className: 'code-frame', role: 'group', 'aria-label': 'Code', tabIndex: 0 };
    return React.createElement('div', frame, React.createElement(Original, properties));
  };

const named =
  (Original: unknown, { React }: System) =>
  (properties: object) =>
    React.createElement(Original, { 'aria-label': 'Request body', ...properties });

/** The headings of tags are of the third level. */
const underHeading =
  (Original: unknown, { React }: System) =>
  (properties: object) => {
    const heading = React.createElement('h2', { className: 'read-out' }, 'Endpoints');
    return React.createElement('div', null, heading, React.createElement(Original, properties));
  };
