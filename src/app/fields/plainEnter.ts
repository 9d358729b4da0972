// Enter as a command. The Enter that ends an input method's composition belongs to the input method: most browsers say so
// by `isComposing`; Safari has ended the composition by then and still sends the key code of an unfinished one.
import type { KeyboardEvent } from 'react';

const COMPOSING_KEY_CODE = 229;

export const isPlainEnter = ({ key, shiftKey, nativeEvent }: KeyboardEvent): boolean =>
  key === 'Enter' && !shiftKey && !nativeEvent.isComposing && nativeEvent.keyCode !== COMPOSING_KEY_CODE;
