// Makes an element a place to drop things on: the event handlers, and whether something hovers over it.
import { useState, type DragEvent } from 'react';

export function useDropTarget(onDrop: (transfer: DataTransfer) => void) {
  const [hovering, setHovering] = useState(false);
  return {
    'data-dropping': hovering || undefined,
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      setHovering(true);
    },
    onDragLeave: () => setHovering(false),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setHovering(false);
      onDrop(event.dataTransfer);
    },
  };
}
