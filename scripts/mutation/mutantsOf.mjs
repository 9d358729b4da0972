// The mutants of one source file: small plausible mistakes (a condition turned round, a call left out, a boundary
// moved), each as one replacement of text. Words, types, constants and what is thrown are left alone.
// @ts-check
import { parseSync } from 'vite';

/**
 * @typedef {{ type: string, start: number, end: number, [key: string]: unknown }} Node
 * @typedef {{ start: number, end: number, text: string, line: number, was: string }} Mutant
 *   `text` takes the place of the source from `start` to `end`, which was `was`
 */

const BOUNDARIES = new Map([
  ['<', '<='],
  ['<=', '<'],
  ['>', '>='],
  ['>=', '>'],
]);
const OPERATORS = new Map([
  ...BOUNDARIES,
  ['===', '!=='],
  ['!==', '==='],
  ['+', '-'],
  ['-', '+'],
  ['*', '/'],
  ['/', '*'],
  ['%', '*'],
  ['+=', '-='],
  ['-=', '+='],
  ['*=', '/='],
  ['&&', '||'],
  ['||', '&&'],
]);
const METHODS = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['min', 'max'],
  ['max', 'min'],
  ['floor', 'ceil'],
  ['ceil', 'floor'],
]);
/** Steps that leave the code around them: a guard is an `if` with nothing but one of them. */
const LEAVING = new Set(['ReturnStatement', 'ThrowStatement', 'ContinueStatement', 'BreakStatement']);
/** Statements that do something, and so can be forgotten. */
const DOING = new Set(['CallExpression', 'AwaitExpression', 'AssignmentExpression', 'UpdateExpression']);
/** TypeScript's wrappings of an expression; whatever else it adds is a type. */
const WRAPPED = new Set(['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression']);
/** Where a small number counts something. */
const COUNTING = new Set([
  'BinaryExpression',
  'CallExpression',
  'AssignmentExpression',
  'ConditionalExpression',
  'ReturnStatement',
]);
/** Properties that hold sentences for people. */
const WORDS = new Set(['message', 'remedy', 'label', 'title']);
/** Larger numbers are sizes and times, and one more of them is no mistake. */
const LARGEST_COUNT = 16;

/** @param {unknown} value @returns {value is Node} */
function isNode(value) {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value && 'end' in value;
}

/** @type {(node: Node | undefined, key: string) => Node | undefined} */
function child(node, key) {
  const value = node?.[key];
  return isNode(value) ? value : undefined;
}

/** @type {(node: Node) => Node[]} the nodes right below one, without types, words, constants (decisions, not mistakes) and what is thrown */
function childrenOf(node) {
  if (node.type === 'ThrowStatement' || node.type === 'ImportDeclaration') return [];
  if (node.type.startsWith('TS') && !WRAPPED.has(node.type)) return [];
  if (node.type === 'VariableDeclarator' && /^[A-Z][A-Z0-9_]+$/.test(String(child(node, 'id')?.name))) return [];
  if (node.type === 'Property' && WORDS.has(String(child(node, 'key')?.name))) return [];
  return Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isNode);
}

/** @type {(node: Node | undefined) => boolean} whether it surely is text, so that `+` joins */
function isText(node) {
  if (node === undefined) return false;
  if (node.type === 'TemplateLiteral') return true;
  if (node.type === 'Literal') return typeof node.value === 'string';
  return node.type === 'BinaryExpression' && (isText(child(node, 'left')) || isText(child(node, 'right')));
}

/** @type {(node: Node | undefined) => boolean} */
function isGuard(node) {
  const then = child(node, 'consequent');
  if (then === undefined || child(node, 'alternate') !== undefined) return false;
  const only =
    then.type === 'BlockStatement' && Array.isArray(then.body) && then.body.length === 1 ? then.body[0] : then;
  return isNode(only) && LEAVING.has(only.type);
}

/**
 * @param {string} code TypeScript
 * @param {string} name of the file, for its ending
 * @returns {Mutant[]} in the order of the file
 */
export function mutantsOf(code, name) {
  const { program, errors } = parseSync(name, code);
  if (errors.length > 0) throw new Error(`${name} cannot be parsed: ${errors[0]?.message}`);
  /** @type {Mutant[]} */
  const mutants = [];
  /** @type {(node: Node, text: string) => void} */
  const replace = ({ start, end }, text) => {
    mutants.push({ start, end, text, line: code.slice(0, start).split('\n').length, was: code.slice(start, end) });
  };
  /** @type {(node: Node) => string} */
  const source = ({ start, end }) => code.slice(start, end);

  /** @type {(node: Node, parent: Node | undefined) => void} */
  const mutateOperator = (node, parent) => {
    const left = child(node, 'left');
    const right = child(node, 'right');
    const operator = String(node.operator);
    if (left === undefined || right === undefined) return;
    if (operator === '??') replace(node, `(${source(left)})!`);
    const other = OPERATORS.get(operator);
    // A comparison that is the whole condition has been turned round with it.
    if (operator.endsWith('==') && child(parent, 'test') === node) return;
    if (other === undefined || (operator.startsWith('+') && (isText(left) || isText(right)))) return;
    const at = code.indexOf(operator, left.end);
    replace({ type: 'operator', start: at, end: at + operator.length }, other);
  };

  /** @type {(node: Node, parent: Node | undefined) => void} */
  const mutate = (node, parent) => {
    const test = child(node, 'test');
    if (test !== undefined && node.type !== 'ForStatement' && node.type !== 'SwitchCase')
      replace(test, `!(${source(test)})`);
    switch (node.type) {
      case 'IfStatement':
        if (isGuard(node)) replace(node, ';');
        return;
      case 'ExpressionStatement': {
        const expression = child(node, 'expression');
        if (expression === undefined || !DOING.has(expression.type)) return;
        if (child(expression, 'callee')?.type === 'Super') return;
        replace(node, ';');
        if (expression.type === 'AwaitExpression') replace(expression, source(expression).replace(/^await/, 'void'));
        return;
      }
      case 'BinaryExpression':
      case 'LogicalExpression':
      case 'AssignmentExpression':
        mutateOperator(node, parent);
        return;
      case 'Literal':
        if (typeof node.value === 'boolean') replace(node, String(!node.value));
        if (isCount(node.value) && parent !== undefined && COUNTING.has(parent.type))
          replace(node, String(Number(node.value) + 1));
        return;
      case 'CallExpression': {
        const property = child(child(node, 'callee'), 'property');
        const object = child(child(node, 'callee'), 'object');
        const method = property === undefined ? '' : source(property);
        const other = METHODS.get(method);
        if (property !== undefined && other !== undefined) replace(property, other);
        if (object !== undefined && method === 'filter') replace(node, source(object));
        return;
      }
      default:
    }
  };

  /** @type {(node: Node, parent: Node | undefined) => void} */
  const walk = (node, parent) => {
    mutate(node, parent);
    for (const below of childrenOf(node)) walk(below, node);
  };
  if (isNode(program)) walk(program, undefined);
  return mutants.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** @type {(value: unknown) => boolean} */
function isCount(value) {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LARGEST_COUNT;
}
