/** What is used here of the document of the API and of Swagger UI, which has no types. */

export interface ApiDocument {
  servers?: readonly object[];
  readonly info: { license?: unknown };
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: Record<string, unknown>;
  };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  security?: readonly Readonly<Record<string, unknown>>[] | undefined;
}

/** Where something is: names one in the other, such as `['operations', TAG, ID]`. */
export type Place = readonly string[];

/** A map or list of the library Immutable. */
export interface Items {
  get(key: string): unknown;
  set(key: string, value: unknown): Items;
  filter(keep: (value: Items) => boolean): Items;
  map(change: (value: Items, key: string) => Items): Items;
  readonly size: number;
}

/** A plugin gets it as its second argument. */
export interface System {
  readonly layoutActions: {
    parseDeepLinkHash(hash: string): void;
    show(place: Place, isShown: boolean): void;
    scrollTo(place: Place): void;
    scrollToVirtualizedOperation(place: Place): void;
  };
  readonly layoutSelectors: { isShownKeyFromUrlHashArray(parts: Place): Place };
  readonly specActions: {
    updateJsonSpec(api: ApiDocument): void;
    updateResolvedSubtree(path: Place, value: unknown): void;
  };
  readonly React: { createElement(...parts: readonly unknown[]): object };
}
