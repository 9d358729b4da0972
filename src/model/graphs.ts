// A model's computations as traces: what plans are made of. Their inputs' and outputs' names are written here alone.
import type { ModelConfig } from '../config/runConfig.ts';
import type { Graph } from '../engine/graph.ts';
import type * as tf from '../engine/tf.ts';
import { trace, type TraceScope } from '../engine/trace.ts';
import type { Objective } from '../ops/crossEntropy/objective.ts';
import {
  decodingStep,
  evaluationLoss,
  layerAttentionWeights,
  logits,
  lossAndGradient,
  type BatchTensors,
  type ModelTensors,
} from './computations.ts';
import { splitParameters, type ParameterLayout } from './parameters.ts';

/** Sizes of a planned model. */
export interface PlannedShape {
  readonly model: ModelConfig;
  /** Every parameter where a binding may start. */
  readonly layout: ParameterLayout;
  /** What training minimises besides cross-entropy; nothing unless told. */
  readonly objective?: Objective | undefined;
}

/** Elements between places where a binding may start: 256 bytes. */
export const PLAN_ALIGNMENT = 64;

function modelTensors(scope: TraceScope, { model, layout, objective }: PlannedShape): ModelTensors {
  const flat = scope.input('parameters', [layout.size]) as tf.Tensor1D;
  return { model, layout, tensors: splitParameters(flat, layout), objective };
}

function batchTensors(scope: TraceScope, rows: number, length: number): BatchTensors {
  const ids = scope.input('ids', [rows], 'int32') as tf.Tensor1D;
  return { ids, targets: scope.input('targets', [rows], 'int32') as tf.Tensor1D, length };
}

/** ids, targets [rows], dropoutKey [1], parameters → loss, gradient. @param rows B·T @param length T */
export const gradientGraph = (shape: PlannedShape, rows: number, length: number): Graph =>
  trace((scope) => {
    const key = scope.input('dropoutKey', [1], 'int32') as tf.Tensor1D;
    const { loss, gradient } = lossAndGradient(modelTensors(scope, shape), batchTensors(scope, rows, length), key);
    scope.output('loss', loss);
    scope.output('gradient', gradient);
  });

/** ids, targets [rows], parameters → loss. */
export const evaluationGraph = (shape: PlannedShape, rows: number, length: number): Graph =>
  trace((scope) => {
    scope.output('loss', evaluationLoss(modelTensors(scope, shape), batchTensors(scope, rows, length)));
  });

/** ids [rows], parameters → logits [rows, V]. */
export const logitsGraph = (shape: PlannedShape, rows: number, length: number): Graph =>
  trace((scope) => {
    const ids = scope.input('ids', [rows], 'int32') as tf.Tensor1D;
    scope.output('logits', logits(modelTensors(scope, shape), ids, length));
  });

export const cacheName = (layer: number): string => `cache ${layer}`;

/** ids [S·K], position [1], parameters, a cache per layer → logits [S·K, V]; the caches grow in place. */
export const decodingGraph = (shape: PlannedShape, samples: number, count: number): Graph =>
  trace((scope) => {
    const { nLayer, nEmbd, contextLength } = shape.model;
    const ids = scope.input('ids', [samples * count], 'int32') as tf.Tensor1D;
    const position = scope.input('position', [1], 'int32') as tf.Tensor1D;
    const caches = Array.from(
      { length: nLayer },
      (_, layer) => scope.input(cacheName(layer), [samples * contextLength, 2 * nEmbd]) as tf.Tensor2D,
    );
    const step = decodingStep(modelTensors(scope, shape), ids, position, caches, samples);
    scope.output('logits', step.logits);
    step.caches.forEach((cache, layer) => scope.assign(cacheName(layer), cache));
  });

/** ids [T], parameters → weights [H·T, T] of one layer. @throws RangeError without such a layer */
export const attentionGraph = (shape: PlannedShape, length: number, layer: number): Graph =>
  trace((scope) => {
    const ids = scope.input('ids', [length], 'int32') as tf.Tensor1D;
    scope.output('weights', layerAttentionWeights(modelTensors(scope, shape), ids, layer));
  });
