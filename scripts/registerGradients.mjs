// Registers TensorFlow.js' gradients in Node, where its packages load as CommonJS: its umbrella package does it.
// Stands in for '@tensorflow/tfjs-core/dist/register_all_gradients' (nodeAlias.mjs), which Node cannot load.
export * from '@tensorflow/tfjs';
