/**
 * Draws the output of a model as Markdown. It is hostile text: HTML in it stays text, links open elsewhere without a
 * trace of this page, and images of other origins are links. Load it with `lazy`.
 */
import { ImageOff } from 'lucide-react';
import Markdown, { type Components, defaultUrlTransform } from 'react-markdown';
import { CopyButton } from '../../components/copy-button.tsx';
import { useMessages } from '../../i18n/messages.ts';
import styles from './markdown.module.css';

/** Kinds that a browser draws without running anything. */
const ownImage = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/;

const components: Components = {
  a: ({ href, children }) =>
    href ? (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  img: ({ src, alt }) => <Image src={typeof src === 'string' ? src : ''} alt={alt ?? ''} />,
  // Headings of a response must not stand among those of the page.
  h1: ({ children }) => <p className={styles.heading}>{children}</p>,
  h2: ({ children }) => <p className={styles.heading}>{children}</p>,
  h3: ({ children }) => <p className={styles.heading}>{children}</p>,
  h4: ({ children }) => <p className={styles.heading}>{children}</p>,
  h5: ({ children }) => <p className={styles.heading}>{children}</p>,
  h6: ({ children }) => <p className={styles.heading}>{children}</p>,
  pre: ({ children, node }) => <Code text={textOf(node)}>{children}</Code>,
};

function Image({ src, alt }: { readonly src: string; readonly alt: string }) {
  const t = useMessages('playground');
  if (ownImage.test(src)) return <img src={src} alt={alt || t('imageOfModel')} />;
  return (
    <span className={styles.noImage}>
      <ImageOff aria-hidden="true" />
      {t('foreignImage')} {alt} <bdi>{src}</bdi>
    </span>
  );
}

function Code({ text, children }: { readonly text: string; readonly children: React.ReactNode }) {
  const t = useMessages('playground');
  return (
    <div className={styles.code}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, so the block must take the focus. */}
      <pre tabIndex={0}>{children}</pre>
      <span className={styles.copy}>
        <CopyButton text={text} label={t('copyCode')} size="sm" />
      </span>
    </div>
  );
}

interface TextNode {
  readonly value?: unknown;
  readonly children?: readonly TextNode[];
}

function textOf(node: TextNode | undefined): string {
  if (typeof node?.value === 'string') return node.value;
  return (node?.children ?? []).map(textOf).join('');
}

export function ModelMarkdown({ text }: { readonly text: string }) {
  return (
    <div className={styles.markdown} dir="auto">
      <Markdown
        components={components}
        skipHtml={false}
        urlTransform={(url, key) => (key === 'src' ? url : defaultUrlTransform(url))}
      >
        {text}
      </Markdown>
    </div>
  );
}
