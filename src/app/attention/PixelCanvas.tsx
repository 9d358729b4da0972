// A canvas that shows a pixel image, stretched to its box without blurring.
import { useEffect, useRef } from 'react';
import type { PixelImage } from './weightImage.ts';

export function PixelCanvas({
  image,
  className,
}: {
  readonly image: PixelImage;
  readonly className?: string | undefined;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element !== null) paintImage(element, image);
  }, [image]);
  return <canvas ref={canvas} className={className} aria-hidden="true" />;
}

/** Gives the canvas the image's size and pixels. */
export function paintImage(canvas: HTMLCanvasElement, { size, pixels }: PixelImage): void {
  canvas.width = Math.max(1, size);
  canvas.height = Math.max(1, size);
  if (size > 0) canvas.getContext('2d')?.putImageData(new ImageData(pixels, size, size), 0, 0);
}
