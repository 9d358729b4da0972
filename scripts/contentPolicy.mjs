// The page's content security policy, as a meta element that the build and the development server put first in the
// head: nothing runs, loads or is sent but the page's own files and the addresses that a user gives for a text.
// @ts-check

/** @type {Record<string, string>} */
const STRICT = {
  'default-src': "'none'",
  // WASM is compiled; nothing else is made from text.
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  // A text may be fetched from any address that a user types, and from no other.
  'connect-src': "'self' https: http:",
  'base-uri': "'none'",
  'form-action': "'none'",
};

/** What the development server needs besides: its preamble, styles that change without a reload, and its socket. */
const DEVELOPMENT = {
  'script-src': `${STRICT['script-src']} 'unsafe-inline'`,
  'style-src': `${STRICT['style-src']} 'unsafe-inline'`,
  'connect-src': `${STRICT['connect-src']} ws: wss:`,
};

/** @param {boolean} isDevelopment */
export const contentPolicy = (isDevelopment) =>
  Object.entries({ ...STRICT, ...(isDevelopment && DEVELOPMENT) })
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');

/** @returns {import('vite').Plugin} */
export function contentPolicyPlugin() {
  let isDevelopment = false;
  return {
    name: 'content-policy',
    configResolved: ({ command }) => {
      isDevelopment = command === 'serve';
    },
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: contentPolicy(isDevelopment) },
        injectTo: 'head-prepend',
      },
    ],
  };
}
