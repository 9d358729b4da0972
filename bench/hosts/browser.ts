// The host of one contestant in a page of its own: its calls come from the program that drives the browser.
import { wasmFiles } from '../../src/worker/wasmFiles.ts';
import { answerer, type Answer } from './calls.ts';

declare global {
  interface Window {
    /** Set here, called from outside. */
    answerBench: Answer;
    /** Given by the program that drives the browser. */
    tellBench: (line: string) => void;
  }
}

window.answerBench = answerer({ wasmFiles, tell: (line) => window.tellBench(line) });
