// The process of one contestant in a pack. TensorFlow.js' modules look for what CommonJS has around them, which
// bundles of modules have not.
import { createRequire } from 'node:module';
import { serve } from '../hosts/node.ts';

Object.assign(globalThis, { require: createRequire(import.meta.url), __dirname: import.meta.dirname });
serve();
