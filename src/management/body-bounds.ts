/** Bounds the body of a management request before parsing. */
import type { JsonBounds } from '../http/strict-json.ts';
import { limits } from '../platform/limits.ts';

export interface BodyBounds extends JsonBounds {
  readonly bytesMax: number;
}

/** For endpoints that anyone may call. */
export const openBody: BodyBounds = {
  bytesMax: limits.open_body_bytes_max,
  depthMax: limits.open_json_depth_max,
  namesMax: limits.open_json_names_max,
  valuesMax: limits.open_json_values_max,
};

/** For endpoints that authenticate the caller before they look at the body. */
export const accountBody: BodyBounds = {
  bytesMax: limits.management_body_bytes_max,
  depthMax: limits.json_depth_max,
  namesMax: limits.json_names_max,
  valuesMax: limits.json_values_max,
};

/** For lists of prices, which may name thousands of models. */
export const priceListBody: BodyBounds = {
  ...accountBody,
  namesMax: limits.price_list_names_max,
  valuesMax: limits.price_list_values_max,
};
