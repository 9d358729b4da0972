// The lint rule that keeps imports running one way (src/README.md draws the layers): one table says
// what each folder of src/ may import. It looks at real paths, not at how an import is spelled.
// Tests, benches and scripts are free: .oxlintrc.json applies the rule to the rest of src/ only.
// @ts-check
import { dirname, posix } from 'node:path';

const DATA_GROUND = ['config', 'random', 'loading'];
/** What people read and choose of texts: plain data and names, light enough for the page's first load. */
const TEXT_WORDS = ['data/textCatalog.ts', 'data/textReading.ts', 'data/encodingNames.ts', 'data/templateSyntax.ts'];
const WORKER_TOOLS = ['model', 'ops', 'engine', 'data', 'tokenizers', ...DATA_GROUND, 'types of protocol'];
// Independent of what it checks, by this rule.
const INDEPENDENT = ['types of config'];

/**
 * What each folder may import besides itself: a folder, one file of a folder, or only its types.
 * @type {Record<string, string[]>}
 */
export const MAY_IMPORT = {
  'main.tsx': ['app', 'state'],
  app: ['state', 'protocol', 'config', 'loading', ...TEXT_WORDS, 'tokenizers/tokenizerCatalog.ts'],
  state: ['client', 'protocol', 'config', ...TEXT_WORDS, 'tokenizers/tokenizerCatalog.ts'],
  client: ['protocol', 'config'],
  protocol: ['config', 'data/textReading.ts'],
  worker: ['protocol', 'training', 'generation', 'inspection', 'evaluation', 'checkpoint', ...WORKER_TOOLS],
  training: WORKER_TOOLS,
  generation: WORKER_TOOLS,
  inspection: [...WORKER_TOOLS, 'float64'],
  float64: INDEPENDENT,
  evaluation: WORKER_TOOLS,
  checkpoint: WORKER_TOOLS,
  model: ['ops', 'engine', ...DATA_GROUND],
  ops: ['engine', 'random'],
  engine: DATA_GROUND,
  data: ['tokenizers', ...DATA_GROUND],
  tokenizers: DATA_GROUND,
  config: [],
  random: [],
  loading: [],
};

const PAGE = ['main.tsx', 'app', 'state', 'client', 'protocol'];

/**
 * Packages that only some folders may import; any other package is free, except for folders listed
 * in PACKAGES_OF.
 * @type {{ pattern: RegExp, folders: string[] }[]}
 */
const RESERVED_PACKAGES = [
  // The address of one of its files (`?url`) brings no code along.
  { pattern: /^@tensorflow\/.*\?url$/, folders: ['engine', 'worker'] },
  { pattern: /^@tensorflow\//, folders: ['engine'] },
  { pattern: /^gpt-tokenizer(\/|$)/, folders: ['tokenizers'] },
  { pattern: /^(papaparse|chardet)(\/|$)/, folders: ['data'] },
  { pattern: /^(react|react-dom|zustand)(\/|$)/, folders: ['main.tsx', 'app', 'state'] },
  { pattern: /^(@radix-ui\/|@floating-ui\/|uplot(\/|$))/, folders: ['main.tsx', 'app'] },
];

/** @type {Record<string, string[]>} the only packages of folders that stand on the ground */
const PACKAGES_OF = { config: ['valibot'], random: [], loading: [] };

/**
 * @param {string} path of a file, with forward slashes
 * @returns {string | undefined} its path below the last src/ folder
 */
function belowSrc(path) {
  const at = path.lastIndexOf('/src/');
  return at < 0 ? undefined : path.slice(at + '/src/'.length);
}

/** @param {string} path below src @returns {string} */
function folderOf(path) {
  return path.split('/', 1)[0] ?? path;
}

/**
 * Why an import is refused.
 *
 * @param {string} importer absolute path of the importing file
 * @param {string} specifier as written in the import
 * @param {'value' | 'type' | 'address'} kind `address`: named by `new URL(…, import.meta.url)`
 * @returns {string | undefined} undefined where it is allowed
 */
export function importRefusal(importer, specifier, kind) {
  const importerPath = importer.replaceAll('\\', '/');
  const from = belowSrc(importerPath);
  if (from === undefined) return undefined;
  const folder = folderOf(from);
  const allowed = MAY_IMPORT[folder];
  if (allowed === undefined)
    return `src/${folder} is not in the table of scripts/importDirections.mjs: give it a place.`;

  if (!specifier.startsWith('.')) return packageRefusal(folder, specifier);

  const target = belowSrc(posix.join(dirname(importerPath), specifier.replace(/\?.*$/, '')));
  if (target === undefined) return `src/${folder} may not import from outside src/ (${specifier}).`;
  const targetFolder = folderOf(target);
  if (targetFolder === folder) return undefined;
  // The page names the worker's file to start it, and imports nothing of it.
  if (kind === 'address' && folder === 'client' && targetFolder === 'worker') return undefined;
  if (allowed.includes(targetFolder) || allowed.includes(target)) return undefined;
  if (allowed.includes(`types of ${targetFolder}`)) {
    return kind === 'type' ? undefined : `src/${folder} may import only types from src/${targetFolder} (import type).`;
  }
  return `src/${folder} may not import src/${target}: it may import ${allowed.join(', ') || 'nothing of ours'}.`;
}

/**
 * @param {string} folder
 * @param {string} specifier
 * @returns {string | undefined}
 */
function packageRefusal(folder, specifier) {
  const own = PACKAGES_OF[folder];
  if (own !== undefined && !own.includes(specifier)) {
    return `src/${folder} may import ${own.length === 0 ? 'no package' : `only ${own.join(', ')}`}, not ${specifier}.`;
  }
  if (specifier.startsWith('node:')) return `src/ runs in browsers: ${specifier} exists only in Node.`;
  const reserved = RESERVED_PACKAGES.find(({ pattern }) => pattern.test(specifier));
  if (reserved === undefined || reserved.folders.includes(folder)) return undefined;
  const side = PAGE.includes(folder) ? 'page' : "worker's side";
  return `src/${folder} is on the ${side} and may not import ${specifier}: only ${reserved.folders.join(', ')} may.`;
}

/**
 * @typedef {{ type: string, value?: unknown }} Node
 * @typedef {Node & { source: Node | null, importKind?: string, exportKind?: string, specifiers?: { importKind?: string }[] }} ImportNode
 * @typedef {{ filename: string, report: (problem: { node: Node, message: string }) => void }} RuleContext
 */

const rule = {
  /** @param {RuleContext} context */
  create(context) {
    /** @type {(source: Node | null | undefined, kind: 'value' | 'type' | 'address') => void} */
    const check = (source, kind) => {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      const message = importRefusal(context.filename, source.value, kind);
      if (message !== undefined) context.report({ node: source, message });
    };
    /** @type {(node: ImportNode) => void} */
    const checkImport = (node) => {
      const specifiers = node.specifiers ?? [];
      const onlyTypes =
        node.importKind === 'type' ||
        node.exportKind === 'type' ||
        (specifiers.length > 0 && specifiers.every(({ importKind }) => importKind === 'type'));
      check(node.source, onlyTypes ? 'type' : 'value');
    };
    return {
      ImportDeclaration: checkImport,
      ExportNamedDeclaration: checkImport,
      ExportAllDeclaration: checkImport,
      /** @type {(node: ImportNode) => void} */
      ImportExpression: (node) => check(node.source, 'value'),
      /** @type {(node: ImportNode) => void} `import('…').Name` in a type */
      TSImportType: (node) => check(node.source, 'type'),
      /** @type {(node: Node & { callee: Node & { name?: string }, arguments: Node[] }) => void} */
      NewExpression: (node) => {
        const [address, base] = node.arguments;
        if (node.callee.name !== 'URL' || base === undefined) return;
        if (typeof address?.value === 'string' && address.value.startsWith('.')) check(address, 'address');
      },
    };
  },
};

// Oxlint takes a plugin's default export.
export default { meta: { name: 'glassbox' }, rules: { 'import-directions': rule } };
