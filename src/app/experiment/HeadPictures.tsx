// What every head of a layer attends to over the prompt, as small pictures: rows attend to columns. Later tokens are drawn
// too: whether a model can see them is what the experiment is about.
import { useMemo } from 'react';
import type { AttentionLayer, PreviewToken } from '../../protocol/messages.ts';
import { PixelCanvas } from '../attention/PixelCanvas.tsx';
import { sequentialScale } from '../attention/sequentialScale.ts';
import { weightImage } from '../attention/weightImage.ts';
import { readableShare } from '../charts/readableNumber.ts';
import { useThemeColours } from '../charts/themeColours.ts';
import { HEADS_COPY } from './experimentCopy.ts';
import styles from './ExperimentPanel.module.css';
import { laterAttention } from './laterAttention.ts';

interface HeadPicturesProps {
  readonly attention: AttentionLayer;
  readonly tokens: readonly PreviewToken[];
}

const LARGEST_PIXELS = 64;
/** Brings out faint weights. */
const GAMMA = 0.5;

export function HeadPictures({ attention, tokens }: HeadPicturesProps) {
  const { dark } = useThemeColours();
  const images = useMemo(() => {
    const scale = sequentialScale(dark);
    return Array.from({ length: attention.nHead }, (_, head) =>
      weightImage(attention, head, scale, GAMMA, LARGEST_PIXELS),
    );
  }, [attention, dark]);
  const { later, next } = laterAttention(attention);
  const words = attention.causal ? HEADS_COPY.masked : HEADS_COPY.unmasked(readableShare(later), readableShare(next));
  return (
    <figure className={styles.heads}>
      <div
        role="img"
        aria-label={HEADS_COPY.picture(attention.layer + 1, attention.nHead, tokens.length, words)}
        data-testid="heads"
        data-later={later}
      >
        {images.map((image, head) => (
          <PixelCanvas key={head} image={image} className={styles.head} />
        ))}
      </div>
      <figcaption>{HEADS_COPY.caption(attention.layer + 1, words)}</figcaption>
    </figure>
  );
}
