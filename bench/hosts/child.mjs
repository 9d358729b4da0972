// The process of one contestant, forked by process.mjs: loads the host's source and lets it serve.
// @ts-check
import { loadSource } from '../sources.mjs';

const { serve } = await loadSource('/bench/hosts/node.ts');
serve();
