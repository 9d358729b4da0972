// One uPlot canvas in React: made again when its options or the theme change, resized with its box, and fed from
// the metric series on animation frames. What it draws is its caller's.
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import styles from './Plot.module.css';
import { onMetricFrames } from './metricFrames.ts';
import { useThemeColours, type ThemeColours } from './themeColours.ts';

export type PlotOptions = Omit<uPlot.Options, 'width' | 'height'>;

interface PlotProps {
  /** Keep its identity unless the plot must be made again. */
  readonly options: (colours: ThemeColours) => PlotOptions;
  /** The data for a plot of that many CSS pixels; a new identity draws again. */
  readonly read: (widthPx: number) => uPlot.AlignedData;
  readonly heightPx: number;
  /** Told of the plot when it is made and of undefined when it is gone. */
  readonly onPlot?: (plot: uPlot | undefined) => void;
}

export function Plot({ options, read, heightPx, onPlot }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plotRef = useRef<uPlot>(undefined);
  const readRef = useRef(read);
  const colours = useThemeColours();

  useEffect(() => {
    readRef.current = read;
    const plot = plotRef.current;
    plot?.setData(read(plot.width));
  }, [read]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const width = Math.max(1, element.clientWidth);
    const plot = new uPlot({ ...options(colours), width, height: heightPx }, readRef.current(width), element);
    plotRef.current = plot;
    onPlot?.(plot);
    const resizing = new ResizeObserver(() => {
      const newWidth = element.clientWidth;
      // A hidden panel has no width; it is drawn when it is shown again.
      if (newWidth === 0 || newWidth === plot.width) return;
      plot.setSize({ width: newWidth, height: heightPx });
      plot.setData(readRef.current(newWidth));
    });
    resizing.observe(element);
    const stopFrames = onMetricFrames(() => {
      if (element.clientWidth > 0) plot.setData(readRef.current(plot.width));
    });
    return () => {
      stopFrames();
      resizing.disconnect();
      plot.destroy();
      plotRef.current = undefined;
      onPlot?.(undefined);
    };
  }, [options, colours, heightPx, onPlot]);

  return <div ref={box} className={styles.plot} style={{ height: heightPx }} />;
}
