// The single door to TensorFlow.js: its core with all gradients. Backends are opened by `backends.ts`.
// The core comes first: the gradients' modules read its flags while they load.
export * from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
