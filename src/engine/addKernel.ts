// The sum of two tensors of one shape: the one operation that TensorFlow.js' autodiff itself asks for, where gradients
// of several uses meet.
import type { Kernel } from './kernel.ts';
import * as tf from './tf.ts';

export const addKernel: Kernel<[tf.Tensor, tf.Tensor], [tf.Tensor]> = {
  name: 'add',
  outputs: (a) => [a],
  reference: (a, b) => [tf.add(a, b)],
  elementwise: {
    reads: ['matrix', 'matrix'],
    carriers: [1, 0],
    expression: ([a = '', b = '']) => `${a} + ${b}`,
  },
};
