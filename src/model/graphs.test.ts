// What dispatches a model's computations become: the list of one layer, so that a fusion that is lost shows, and what
// must not be there. Needs no device.
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../scripts/testBackend.ts';
import { GPT3_SWITCHES, type ModelConfig } from '../config/runConfig.ts';
import type { Graph } from '../engine/graph.ts';
import type { DeviceTraits } from '../engine/kernel.ts';
import { layOutPlan, planMemory, preparePlan, variantsOf } from '../engine/planMemory.ts';
import {
  attentionGraph,
  decodingGraph,
  evaluationGraph,
  gradientGraph,
  logitsGraph,
  PLAN_ALIGNMENT,
  type PlannedShape,
} from './graphs.ts';
import { parameterLayout } from './parameters.ts';

const HARDWARE: DeviceTraits = {
  shaderF16: true,
  subgroups: true,
  software: false,
  maxWorkgroupInvocations: 256,
  maxWorkgroupStorageBytes: 32_768,
  maxWorkgroupsPerDimension: 65_535,
  maxStorageBuffers: 16,
};
const SOFTWARE: DeviceTraits = { ...HARDWARE, software: true, shaderF16: false };
/** As little as every device has. */
const POOR: DeviceTraits = { ...HARDWARE, maxStorageBuffers: 8, maxWorkgroupStorageBytes: 16_384, subgroups: false };

const BATCH = 4;
const shapeOf = (model: Partial<ModelConfig> = {}, vocabSize = 65): PlannedShape => {
  const whole = { ...GPT3_SWITCHES, nLayer: 2, nHead: 4, nEmbd: 64, contextLength: 32, dropout: 0, ...model };
  return { model: whole, layout: parameterLayout(whole, vocabSize, PLAN_ALIGNMENT) };
};
const gradientOf = (shape: PlannedShape, batch = BATCH): Graph =>
  gradientGraph(shape, batch * shape.model.contextLength, shape.model.contextLength);

interface PlannedDispatch {
  /** The kernel with what was fused into it, details left out; `(2)` and so on for a kernel's further dispatches. */
  readonly name: string;
  readonly bindings: number;
}

/** A plan's dispatches in order, what prepares memory included. */
function dispatchesOf(graph: Graph, traits: DeviceTraits): PlannedDispatch[] {
  const { steps, memory } = layOutPlan(preparePlan(graph, traits, 'f32'), (step) => variantsOf(step)[0] ?? '');
  return steps.flatMap(({ step: { step, label }, program }) => {
    const call = step.node?.call;
    const isAttention = call?.name.toLowerCase().includes('attention') ?? false;
    const name = isAttention ? label.replace(` ${call?.detail}`, '') : label;
    return [
      ...(memory.copies.get(step) ?? []).map(() => ({ name: 'copy', bindings: 2 })),
      ...(call?.accumulates && step.addsTo === undefined ? [{ name: 'zero', bindings: 1 }] : []),
      ...program.dispatches.map(({ bindings }, i) => ({
        name: i === 0 ? name : `${call?.name} (${i + 1})`,
        bindings: bindings.length,
      })),
    ];
  });
}
const namesOf = (graph: Graph, traits = SOFTWARE): string[] => dispatchesOf(graph, traits).map(({ name }) => name);

/** What the longer list has besides, sorted. */
function besides(longer: readonly string[], shorter: readonly string[]): string[] {
  const rest = [...longer];
  for (const name of shorter) {
    const place = rest.indexOf(name);
    if (place >= 0) rest.splice(place, 1);
  }
  return rest.toSorted();
}

/** The dispatches that one more layer adds. */
const ofOneLayer = (
  graphOf: (shape: PlannedShape) => Graph,
  model: Partial<ModelConfig> = {},
  traits = SOFTWARE,
): string[] =>
  besides(
    namesOf(graphOf(shapeOf({ ...model, nLayer: 3 })), traits),
    namesOf(graphOf(shapeOf({ ...model, nLayer: 2 })), traits),
  );

const FORWARD = [
  'layerNorm',
  'matMul NN + biasAdd',
  'attention',
  'matMul NN + biasAdd + add',
  'layerNorm',
  'matMul NN + biasAdd + gelu',
  'matMul NN + biasAdd + add',
];
const BACKWARD = [
  'matMul NT + geluGradient',
  'weightGradient',
  'matMul NT',
  'weightGradient',
  'layerNormGradient + add',
  'layerNormGradient (2)',
  'matMul NT',
  'weightGradient',
  'attentionGradient',
  'attentionGradient (2)',
  'matMul NT',
  'weightGradient',
  'layerNormGradient + add',
  'layerNormGradient (2)',
];
/** Operations that belong at the end of the kernel before them, and preparations of memory that a good layout spares. */
const isLoose = (name: string): boolean => /^(add|biasAdd|gelu|geluGradient|dropout|copy|zero)\b/.test(name);

beforeAll(() => useBackend('cpu'));

describe('a layer’s dispatches', () => {
  it('are these seven forward and fourteen back', () => {
    expect(ofOneLayer(gradientOf)).toEqual([...FORWARD, ...BACKWARD].toSorted());
  });

  it('are as many with dropout, which runs in the kernels before it', () => {
    const dropped = [...FORWARD, ...BACKWARD].map((name) =>
      name === 'matMul NN + biasAdd + add'
        ? 'matMul NN + biasAdd + dropout + add'
        : name.replace('layerNormGradient + add', 'layerNormGradient + add + dropout'),
    );
    expect(ofOneLayer(gradientOf, { dropout: 0.1 })).toEqual(dropped.toSorted());
  });

  it.each([
    { name: 'evaluation', graphOf: (shape: PlannedShape) => evaluationGraph(shape, 64, 32, 'every') },
    { name: 'logits', graphOf: (shape: PlannedShape) => logitsGraph(shape, 64, 32) },
  ])('are the seven forward ones for $name, where nothing is dropped', ({ graphOf }) => {
    expect(ofOneLayer(graphOf, { dropout: 0.1 })).toEqual(FORWARD.toSorted());
  });

  it('read a token with its past in place', () => {
    const added = ofOneLayer((shape) => decodingGraph(shape, 2, 1));
    const others = FORWARD.filter((name) => name !== 'attention');
    expect(besides(added, others).every((name) => name.startsWith('cachedAttention'))).toBe(true);
    expect(added.length - others.length).toBeLessThanOrEqual(2);
  });

  it.each([
    { nEmbd: 64, nHead: 4, contextLength: 64, batch: 8 },
    { nEmbd: 128, nHead: 4, contextLength: 128, batch: 8 },
    { nEmbd: 384, nHead: 6, contextLength: 256, batch: 16 },
  ])('are at most 25 on a graphics card, $nEmbd wide', ({ batch, ...model }) => {
    const graphOf = (shape: PlannedShape): Graph => gradientOf(shape, batch);
    expect(ofOneLayer(graphOf, model, HARDWARE).length).toBeLessThanOrEqual(25);
    expect(ofOneLayer(graphOf, { ...model, dropout: 0.2 }, HARDWARE).length).toBeLessThanOrEqual(25);
  });
});

describe('a plan', () => {
  it.each([0, 0.1])('leaves no operation by itself that belongs to a kernel, at a dropout of %f', (dropout) => {
    const shape = shapeOf({ dropout });
    const graphs = [
      gradientOf(shape),
      evaluationGraph(shape, 64, 32, 'every'),
      logitsGraph(shape, 64, 32),
      decodingGraph(shape, 2, 1),
      decodingGraph(shape, 2, 16),
      attentionGraph(shape, 32, 1),
    ];
    for (const graph of graphs) expect(namesOf(graph).filter(isLoose)).toEqual([]);
  });

  it('has at most 20 dispatches besides its layers’', () => {
    const whole = namesOf(gradientOf(shapeOf({ nLayer: 2 })));
    const layer = ofOneLayer(gradientOf);
    expect(besides(whole, [...layer, ...layer]).length).toBeLessThanOrEqual(14);
  });

  it.each([
    { name: 'a current graphics card', traits: HARDWARE },
    { name: 'as little as every device has', traits: POOR },
  ])('binds no more buffers in a dispatch than $name allows', ({ traits }) => {
    for (const model of [{ dropout: 0.1 }, { nEmbd: 28, nHead: 4, contextLength: 30, dropout: 0.1 }]) {
      const shape = shapeOf(model, 61);
      for (const graph of [gradientOf(shape), decodingGraph(shape, 3, 16), evaluationGraph(shape, 60, 30, 'every')]) {
        const tooMany = dispatchesOf(graph, traits).filter(({ bindings }) => bindings > traits.maxStorageBuffers);
        expect(tooMany).toEqual([]);
      }
    }
  });

  it('for attention ends with the layer that is asked for', () => {
    const [first, second] = [0, 1].map((layer) => namesOf(attentionGraph(shapeOf(), 32, layer)));
    expect(first).toEqual(['embedding', 'layerNorm', 'matMul NN + biasAdd', 'attentionWeights']);
    expect(second?.length).toBe(4 + FORWARD.length);
    expect(() => attentionGraph(shapeOf(), 32, 2)).toThrow('This model has no layer 3.');
  });

  it('never holds all logits of a large vocabulary, and sums their gradients in the products', () => {
    const shape = shapeOf({ nEmbd: 64, contextLength: 1024 }, 50_257);
    const rows = 4 * 1024;
    const graph = gradientGraph(shape, rows, 1024);
    expect(planMemory(graph, HARDWARE).plannedBytes).toBeLessThan((4 * rows * 50_257) / 2);
    const names = namesOf(graph);
    const chunks = names.filter((name) => name === 'crossEntropy').length;
    expect(chunks).toBeGreaterThan(4);
    expect(names.filter((name) => name === 'matMul TN + add')).toHaveLength(chunks - 1);
    expect(names.filter(isLoose)).toEqual([]);
  });
});
