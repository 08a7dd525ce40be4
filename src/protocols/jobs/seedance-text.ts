/** Reads the parameters that stand in a text for Seedance: `A cat --ratio 16:9 --dur 5 --rs 720p`. Pure. */

/** As written; undefined = the text has none. Of one that occurs twice, the last. */
export interface TextParameters {
  readonly duration: string | undefined;
  readonly frames: string | undefined;
  readonly resolution: string | undefined;
}

const parameter = /--(duration|dur|frames|resolution|rs)[ \t=]{1,8}([\w.-]{1,16})/gi;

export function textParameters(text: string): TextParameters {
  const found: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(parameter)) found[name.toLowerCase()] = value;
  return {
    duration: found.duration ?? found.dur,
    frames: found.frames,
    resolution: found.resolution ?? found.rs,
  };
}
