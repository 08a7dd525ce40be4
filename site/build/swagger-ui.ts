/** Swagger UI as its package has it: the program, its licences, and its styles in the colours of the console. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const read = (name: string) =>
  readFileSync(
    fileURLToPath(import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js')).replace(/[^\\/]+$/, name),
    'utf8',
  );

/** One file that needs no other. */
export const swaggerScript = (): string => read('swagger-ui-bundle.js');

/** What those who pass the program on have to pass on with it. */
export const swaggerLicences = (): string =>
  ['NOTICE', 'LICENSE', 'swagger-ui-bundle.js.LICENSE.txt'].map(read).join('\n\n');

/** Its styles in our colours, which are those of both themes. The package's own dark theme is the end of its file. */
export function swaggerStyles(): string {
  const [light = '', dark] = read('swagger-ui.css').split(/(?=html\.dark-mode)/);
  if (dark === undefined || light.length < 100_000) throw new Error('The styles of Swagger UI have changed.');
  return withoutNames(light).replaceAll(
    /([\w-]+):((?:[^;{}"]|"[^"]*")*)/g,
    (declaration, property: string, value: string) =>
      value.includes('url(') ? declaration : `${property}:${recolour(property, value)}`,
  );
}

const namedColours: Readonly<Record<string, string>> = {
  black: '#000',
  gray: '#808080',
  grey: '#808080',
  green: '#0a0',
  red: '#f00',
  white: '#fff',
};

/** Without names of colours and of fonts, as values have them. */
const withoutNames = (css: string): string =>
  css
    .replaceAll(/(?<=[:\s])(?:black|gr[ae]y|green|red|white)(?=[;}!])/g, (name) => namedColours[name] ?? name)
    .replaceAll(/(?<=font-family:)(sans-serif|monospace)(?:,monospace)?/g, (_, name: string) =>
      name === 'monospace' ? 'var(--font-mono)' : 'var(--font-sans)',
    );

const colour = /#[\da-f]{3,8}\b|\b(?:rgb|hsl)a?\([^)]*\)/g;

const recolour = (property: string, value: string): string =>
  value.replaceAll(colour, (text) => `var(--${tokenOf(kindOf(property), colourOf(text))})`);

type Kind = 'surface' | 'line' | 'shadow' | 'text';

function kindOf(property: string): Kind {
  if (property.startsWith('background')) return 'surface';
  if (/^(?:border|outline)/.test(property)) return 'line';
  return /shadow$/.test(property) ? 'shadow' : 'text';
}

interface Colour {
  readonly hue: number;
  /** 0 to 1, as all that follow. */
  readonly saturation: number;
  readonly lightness: number;
  readonly alpha: number;
}

/** @param text `#rgb`, `#rrggbb`, `rgba(…)` or `hsla(…)` */
function colourOf(text: string): Colour {
  const numbers = (text.match(/[\d.]+/g) ?? []).map(Number);
  const alpha = text.startsWith('#') ? 1 : (numbers[3] ?? 1);
  if (text.startsWith('hsl')) {
    const [hue = 0, saturation = 0, lightness = 0] = numbers;
    return { hue, saturation: saturation / 100, lightness: lightness / 100, alpha };
  }
  const digits = text.length < 6 ? text.replaceAll(/[\da-f]/g, '$&$&') : text;
  const [red = 0, green = 0, blue = 0] = text.startsWith('#')
    ? [1, 3, 5].map((start) => Number.parseInt(digits.slice(start, start + 2), 16) / 255)
    : numbers.map((number) => number / 255);
  const max = Math.max(red, green, blue);
  const range = max - Math.min(red, green, blue);
  const sixth = range === 0 ? 0 : hueOf(red, green, blue, max, range);
  const lightness = max - range / 2;
  const saturation = range === 0 ? 0 : range / (1 - Math.abs(2 * lightness - 1));
  return { hue: (sixth * 60 + 360) % 360, saturation, lightness, alpha };
}

function hueOf(red: number, green: number, blue: number, max: number, range: number): number {
  if (max === red) return (green - blue) / range;
  return max === green ? (blue - red) / range + 2 : (red - green) / range + 4;
}

/** Hues up to these degrees, and the tokens that say the same. */
const hues: readonly (readonly [number, string])[] = [
  [20, 'danger'],
  [65, 'warn'],
  [175, 'ok'],
  [235, 'info'],
  [340, 'accent'],
  [360, 'danger'],
];

function tokenOf(kind: Kind, { hue, saturation, lightness, alpha }: Colour): string {
  if (kind === 'shadow') return 'line';
  const isGrey = saturation < 0.3;
  if (isGrey && kind === 'text')
    return lightness > 0.9 ? 'text-on-accent' : lightness < 0.36 ? 'text' : 'text-muted';
  if (isGrey && kind === 'line') return lightness < 0.6 && alpha > 0.15 ? 'line-strong' : 'line';
  if (isGrey)
    return lightness > 0.98 ? 'surface' : alpha > 0.6 && lightness < 0.1 ? 'backdrop' : 'surface-sunken';
  const name = hues.find(([limit]) => hue <= limit)?.[1] ?? 'info';
  const isSoft = kind === 'surface' && (alpha < 0.3 || lightness > 0.9);
  return isSoft ? `${name}-soft` : name;
}
