// Makes an element a place to drop things on: the event handlers, and whether something hovers over it.
// Text dropped into a field inside is the browser's to insert. What is dropped beside such places is `state/strayDrops.ts`.
import { useState, type DragEvent } from 'react';

export function useDropTarget(onDrop: (transfer: DataTransfer) => void) {
  const [hovering, setHovering] = useState(false);
  return {
    'data-dropping': hovering || undefined,
    onDragOver: (event: DragEvent) => {
      if (isForField(event)) return;
      event.preventDefault();
      setHovering(true);
    },
    onDragLeave: ({ currentTarget, relatedTarget }: DragEvent) => {
      if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) setHovering(false);
    },
    onDrop: (event: DragEvent) => {
      setHovering(false);
      if (isForField(event)) return;
      event.preventDefault();
      onDrop(event.dataTransfer);
    },
  };
}

const isForField = ({ target, dataTransfer }: DragEvent): boolean =>
  !dataTransfer.types.includes('Files') &&
  (target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement);
