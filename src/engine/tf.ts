// The single door to TensorFlow.js: its core with all gradients. Backends are opened by `backends.ts`.
import '@tensorflow/tfjs-core/dist/register_all_gradients';

export * from '@tensorflow/tfjs-core';
