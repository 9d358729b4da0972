// The page's entry: puts the theme and the app on screen and starts the engine.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { ignoreWheel } from './app/fields/ignoreWheel.ts';
import './app/theme.css';
import { boot } from './state/lifecycle.ts';
import { applyTheme, rememberedTheme } from './state/preferences.ts';

applyTheme(rememberedTheme());
const root = document.querySelector('#root');
if (root === null) throw new Error('The page has no #root to draw into.');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
ignoreWheel(document);
boot();
