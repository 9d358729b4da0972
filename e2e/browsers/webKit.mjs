// WebKitGTK's MiniBrowser on a screen that nobody sees, driven by plain WebDriver.
// @ts-check
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { until } from './browser.mjs';

/** The name under which WebDriver hands out elements. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
const START_LIMIT_MS = 30_000;

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

/**
 * @param {string} program Xvfb
 * @returns {Promise<{ display: string, close: () => void }>}
 */
async function openScreen(program) {
  const screen = spawn(program, ['-displayfd', '3', '-screen', '0', '1440x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const numbers = screen.stdio[3];
  if (!numbers) throw new Error('Xvfb tells no display.');
  const [number] = await Promise.race([
    once(numbers, 'data'),
    once(screen, 'exit').then(() => Promise.reject(new Error('Xvfb ended at once.'))),
  ]);
  return { display: `:${String(number).trim()}`, close: () => void screen.kill() };
}

/**
 * @param {{ driver: string, browser: string, screen: string, locale?: string }} options
 * @returns {Promise<import('./browser.mjs').Browser>}
 */
export async function openWebKit({ driver, browser, screen, locale = 'en_US.UTF-8' }) {
  const { display, close: closeScreen } = await openScreen(screen);
  const port = await freePort();
  const { LC_ALL: _, ...inherited } = process.env;
  const service = spawn(driver, [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: 'ignore',
    env: {
      ...inherited,
      DISPLAY: display,
      LANG: locale,
      GDK_BACKEND: 'x11',
      WEBKIT_DISABLE_DMABUF_RENDERER: '1',
      // Its sandbox does not start as root.
      ...(process.getuid?.() === 0 && { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }),
    },
  });
  const end = () => {
    service.kill();
    closeScreen();
  };
  /** @type {(method: string, path: string, body?: object) => Promise<any>} */
  const ask = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  try {
    await until('WebKitWebDriver answers', START_LIMIT_MS, () =>
      ask('GET', '/status').then(
        () => true,
        () => false,
      ),
    );
    const { sessionId } = await ask('POST', '/session', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] } } },
    });
    const session = `/session/${sessionId}`;
    await ask('POST', `${session}/timeouts`, { script: 30_000, pageLoad: 60_000 });
    /** @param {string} selector */
    const element = async (selector) => {
      const found = await ask('POST', `${session}/element`, { using: 'css selector', value: selector });
      return `${session}/element/${found[ELEMENT]}`;
    };
    return {
      open: (url) => ask('POST', `${session}/url`, { url }),
      reload: () => ask('POST', `${session}/refresh`, {}),
      click: async (selector) => ask('POST', `${await element(selector)}/click`, {}),
      type: async (selector, text) => {
        const field = await element(selector);
        await ask('POST', `${field}/clear`, {});
        await ask('POST', `${field}/value`, { text });
      },
      evaluate: (expression) => ask('POST', `${session}/execute/sync`, { script: `return (${expression});`, args: [] }),
      // It tells none.
      problems: () => [],
      close: async () => {
        await ask('DELETE', session).catch(() => {});
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}
