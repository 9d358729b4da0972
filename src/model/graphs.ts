// A model's computations as traces: what plans are made of. Their inputs' and outputs' names are written here alone.
import { keyValueHeads } from '../config/modelShape.ts';
import type { ModelConfig } from '../config/runConfig.ts';
import type { Graph } from '../engine/graph.ts';
import type * as tf from '../engine/tf.ts';
import { trace, type TraceScope } from '../engine/trace.ts';
import type { Objective } from '../ops/crossEntropy/objective.ts';
import { tokenChoice } from '../ops/tokenChoice/tokenChoice.ts';
import {
  decodingStep,
  evaluationLoss,
  finalLogits,
  layerAttentionWeights,
  logits,
  lossAndGradient,
  type BatchTensors,
  type ModelTensors,
} from './computations.ts';
import { targetCount, type Question } from './languageModel.ts';
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

function batchTensors(scope: TraceScope, rows: number, length: number, question: Question): BatchTensors {
  const ids = scope.input('ids', [rows], 'int32') as tf.Tensor1D;
  const asked = targetCount(rows, length, question);
  return { ids, targets: scope.input('targets', [asked], 'int32') as tf.Tensor1D, length };
}

/** ids [rows], targets (see `targetCount`), dropoutKey [1], parameters → loss, gradient. @param rows B·T @param length T */
export const gradientGraph = (shape: PlannedShape, rows: number, length: number): Graph =>
  trace((scope) => {
    const key = scope.input('dropoutKey', [1], 'int32') as tf.Tensor1D;
    const { loss, gradient } = lossAndGradient(
      modelTensors(scope, shape),
      batchTensors(scope, rows, length, shape.model.prediction),
      key,
    );
    scope.output('loss', loss);
    scope.output('gradient', gradient);
  });

/** ids [rows], targets (see `targetCount`), parameters → loss. */
export const evaluationGraph = (shape: PlannedShape, rows: number, length: number, question: Question): Graph =>
  trace((scope) => {
    const batch = batchTensors(scope, rows, length, question);
    scope.output('loss', evaluationLoss(modelTensors(scope, shape), batch, question));
  });

/** ids [S·T], visible [1], parameters → logits [S, V] after the last visible token. */
export const finalLogitsGraph = (shape: PlannedShape, rows: number, length: number): Graph =>
  trace((scope) => {
    const ids = scope.input('ids', [rows], 'int32') as tf.Tensor1D;
    const visible = scope.input('visible', [1], 'int32') as tf.Tensor1D;
    scope.output('logits', finalLogits(modelTensors(scope, shape), ids, length, visible));
  });

/** ids [rows], parameters → logits [rows, V], or one row for each sequence where the model is asked once. */
export const logitsGraph = (
  shape: PlannedShape,
  rows: number,
  length: number,
  question: Question = shape.model.prediction,
): Graph =>
  trace((scope) => {
    const ids = scope.input('ids', [rows], 'int32') as tf.Tensor1D;
    scope.output('logits', logits(modelTensors(scope, shape), ids, length, question));
  });

export const cacheName = (layer: number): string => `cache ${layer}`;

/**
 * ids [S·K], position [1], rotary [K, D] where positions are rotary, parameters, a cache per layer → logits [S·K, V]; the
 * caches grow in place.
 */
export const decodingGraph = (shape: PlannedShape, samples: number, count: number): Graph =>
  trace((scope) => {
    const { model } = shape;
    const headSize = model.nEmbd / model.nHead;
    const ids = scope.input('ids', [samples * count], 'int32') as tf.Tensor1D;
    const position = scope.input('position', [1], 'int32') as tf.Tensor1D;
    const rotary = model.positions === 'rotary' ? (scope.input('rotary', [count, headSize]) as tf.Tensor2D) : undefined;
    const cacheShape = [samples * model.contextLength, 2 * keyValueHeads(model) * headSize];
    const caches = Array.from(
      { length: model.nLayer },
      (_, layer) => scope.input(cacheName(layer), cacheShape) as tf.Tensor2D,
    );
    const step = decodingStep(modelTensors(scope, shape), { ids, position, caches, rotary }, samples);
    scope.output('logits', step.logits);
    step.caches.forEach((cache, layer) => scope.assign(cacheName(layer), cache));
  });

/** logits [S, V], draws [S], cut [4] → ids [S]. */
export const tokenChoiceGraph = (samples: number, vocabSize: number): Graph =>
  trace((scope) => {
    const logits = scope.input('logits', [samples, vocabSize]) as tf.Tensor2D;
    const draws = scope.input('draws', [samples]) as tf.Tensor1D;
    scope.output('ids', tokenChoice(logits, draws, scope.input('cut', [4]) as tf.Tensor1D));
  });

/**
 * ids [T], visible [1] where the model looks ahead, parameters → weights [H·T, T] of one layer.
 * @throws RangeError without such a layer
 */
export const attentionGraph = (shape: PlannedShape, length: number, layer: number): Graph =>
  trace((scope) => {
    const ids = scope.input('ids', [length], 'int32') as tf.Tensor1D;
    const visible = shape.model.causal ? undefined : (scope.input('visible', [1], 'int32') as tf.Tensor1D);
    scope.output('weights', layerAttentionWeights(modelTensors(scope, shape), ids, layer, visible));
  });
