// Where a plan's values lie, on random graphs: a run on paper that notices every value overwritten before its time, and
// the same graphs on a device.
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../scripts/testBackend.ts';
import { noGpuProblems, testPlans } from '../../scripts/testPlans.ts';
import { runPlanned, type PlanInput } from '../ops/testing/planHarness.ts';
import {
  buildRandom,
  RANDOM_INPUTS,
  RANDOM_SHAPE,
  randomGraph,
  type RandomGraph,
} from '../ops/testing/randomGraphs.ts';
import { Random } from '../random/random.ts';
import { valueOf, viewed, type Graph, type ValueId } from './graph.ts';
import { sizeOf, type DeviceTraits } from './kernel.ts';
import type { MemoryLayout, Place, Root } from './memory.ts';
import { layOutPlan, planMemory, preparePlan, type LaidOutPlan, type PreparedPlan } from './planMemory.ts';
import type { Step } from './schedule.ts';
import { trace } from './trace.ts';
import * as tf from './tf.ts';

const TRAITS: DeviceTraits = {
  shaderF16: false,
  subgroups: false,
  software: true,
  maxWorkgroupInvocations: 256,
  maxWorkgroupStorageBytes: 16_384,
  maxWorkgroupsPerDimension: 65_535,
  maxStorageBuffers: 8,
};

beforeAll(() => useBackend('cpu'));
afterEach(noGpuProblems);

const traced = (random: RandomGraph): Graph =>
  trace((scope) => {
    const given = Object.fromEntries(RANDOM_INPUTS.map((name) => [name, scope.input(name, RANDOM_SHAPE)]));
    const { outputs, assign } = buildRandom(random, given);
    outputs.forEach((tensor, i) => scope.output(`output ${i}`, tensor));
    for (const [name, tensor] of Object.entries(assign)) scope.assign(name, tensor);
  });

/** Memory as a run on paper sees it: every word holds the name of a value and of its element. */
class PaperRun {
  readonly #prepared: PreparedPlan;
  readonly #laidOut: LaidOutPlan;
  readonly #words = new Map<string, string[]>();
  readonly #problems: string[] = [];

  constructor(prepared: PreparedPlan, laidOut: LaidOutPlan) {
    this.#prepared = prepared;
    this.#laidOut = laidOut;
    for (const value of this.#graph.values) {
      const isRead = (prepared.plan.consumers.get(value.id)?.length ?? 0) > 0;
      if (isRead && (value.input !== undefined || value.constant !== undefined)) this.#write(value.id);
    }
  }

  get #graph(): Graph {
    return this.#prepared.plan.graph;
  }

  get #memory(): MemoryLayout {
    return this.#laidOut.memory;
  }

  /** @returns what went wrong */
  run(): readonly string[] {
    const stored = new Map(this.#laidOut.steps.map(({ step }) => [step.step, step.stored]));
    for (const item of this.#prepared.plan.items) {
      if (item.kind === 'step') this.#step(item.step, stored.get(item.step) ?? []);
      else {
        for (const { value } of item.node.pieces) this.#read(value);
        this.#write(item.node.output);
      }
    }
    for (const id of [...this.#graph.outputs.values(), ...this.#graph.assigned.values()]) this.#read(id);
    return this.#problems;
  }

  #step(step: Step, stored: readonly ValueId[]): void {
    const copied = this.#memory.copies.get(step) ?? [];
    for (const { from, to } of copied) {
      this.#read(from);
      this.#range(to).forEach(({ words, at }) => (words[at] = 'copied'));
    }
    const { node, source, links, addsTo } = step;
    const reads = [
      ...(node?.inputs ?? []),
      ...(source ? [source] : []),
      ...links.flatMap((link) => link.node.inputs.filter((_, i) => i !== link.carrier)),
    ].map(({ value }) => value);
    const scratch = this.#laidOut.steps.find((one) => one.step.step === step)?.program.scratchBytes ?? [];
    scratch.forEach((bytes, i) => {
      const place = this.#memory.scratchOf(step, i);
      this.#wordsOf(place, bytes / 4).forEach(({ words, at }) => (words[at] = 'scratch'));
    });
    for (const id of [...reads, ...(addsTo === undefined ? [] : [addsTo])]) this.#read(id);
    // What a dispatch writes, it must not read elsewhere at the same time, unless element for element.
    const inPlace = new Set(
      (node?.call.inPlace ?? []).flatMap(([output, input]) => {
        const [to, from] = [node?.outputs[output], node?.inputs[input]?.value];
        return to === undefined || from === undefined ? [] : [`${to} ${from}`];
      }),
    );
    for (const to of stored) {
      for (const from of reads) {
        if (!inPlace.has(`${to} ${from}`)) this.#requireApart(to, from);
      }
      for (const other of stored) if (other !== to) this.#requireApart(to, other);
    }
    for (const id of stored) this.#write(id);
  }

  /** What a value's memory should hold. */
  #content(id: ValueId): string[] {
    const value = this.#prepared.plan.resolve(id);
    const { root, offset } = viewed(this.#graph, value);
    return Array.from({ length: sizeOf(valueOf(this.#graph, value).spec.shape) }, (_, i) => `${root}:${offset + i}`);
  }

  #read(id: ValueId): void {
    const content = this.#content(id);
    const wrong = this.#range(id).find(({ words, at }, i) => words[at] !== content[i]);
    if (wrong) this.#problems.push(`Instead of value ${id} there is ${wrong.words[wrong.at]}.`);
  }

  #write(id: ValueId): void {
    const content = this.#content(id);
    this.#range(id).forEach(({ words, at }, i) => (words[at] = content[i] ?? ''));
  }

  #requireApart(a: ValueId, b: ValueId): void {
    const taken = new Set(this.#range(a).map(({ name, at }) => `${name} ${at}`));
    if (this.#range(b).some(({ name, at }) => taken.has(`${name} ${at}`))) this.#problems.push(`${a} lies on ${b}.`);
  }

  #range(id: ValueId) {
    const { shape } = valueOf(this.#graph, this.#prepared.plan.resolve(id)).spec;
    return this.#wordsOf(this.#memory.placeOf(id), sizeOf(shape));
  }

  #wordsOf({ root, offsetBytes }: Place, count: number) {
    const name = root.external ?? `buffer ${root.buffer}`;
    const words = this.#words.get(name) ?? [];
    this.#words.set(name, words);
    const size = root.external === undefined ? this.#memory.bufferBytes[root.buffer ?? -1] : root.bytes;
    if (offsetBytes + 4 * count > (size ?? 0)) this.#problems.push(`Something reaches beyond ${name}.`);
    return Array.from({ length: count }, (_, i) => ({ name, words, at: offsetBytes / 4 + i }));
  }
}

function laidOut(graph: Graph): { prepared: PreparedPlan; plan: LaidOutPlan } {
  const prepared = preparePlan(graph, TRAITS, 'f32');
  return { prepared, plan: layOutPlan(prepared, () => '') };
}

/** What random graphs seldom are: a term of a sum that is read again, after the sum went into the kernel that adds to memory. */
const READ_AGAIN: RandomGraph = {
  operations: [
    { name: 'negate', a: 0, b: 0 },
    { name: 'up', a: 1, b: 0 },
    { name: 'add', a: 2, b: 3 },
    { name: 'twice', a: 3, b: 0 },
  ],
  outputs: [2, 3],
};

/** A chain that reads tables by place: one made before it, which it may, then one made in it, which needs a dispatch more. */
const READ_BY_PLACE: RandomGraph = {
  operations: [
    { name: 'negate', a: 0, b: 0 },
    { name: 'addReversed', a: 2, b: 1 },
    { name: 'addReversed', a: 3, b: 2 },
  ],
  outputs: [1, 2],
};

const meet = (a: Root, b: Root): boolean => a.first <= b.last && b.first <= a.last;

describe('the memory of random graphs', () => {
  it('holds every value from where it is made to where it is last read', () => {
    fc.assert(
      fc.property(randomGraph, (random) => {
        const { prepared, plan } = laidOut(traced(random));
        expect(new PaperRun(prepared, plan).run()).toEqual([]);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('is shared by lifetimes that do not meet only, and never takes more than without sharing', () => {
    fc.assert(
      fc.property(randomGraph, (random) => {
        const graph = traced(random);
        const { roots, bufferBytes } = laidOut(graph).plan.memory;
        const pooled = roots.filter(({ buffer }) => buffer !== undefined);
        pooled.forEach((a, i) => {
          expect(a.bytes).toBeLessThanOrEqual(bufferBytes[a.buffer ?? -1] ?? 0);
          for (const b of pooled.slice(i + 1)) expect(a.buffer === b.buffer && meet(a, b)).toBe(false);
        });
        const { plannedBytes, uncolouredBytes } = planMemory(graph, TRAITS);
        expect(plannedBytes).toBeLessThanOrEqual(uncolouredBytes);
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  it('gives a device the results of an eager run', { timeout: 120_000 }, async () => {
    const context = await testPlans();
    const numbers = new Random(3);
    const size = sizeOf(RANDOM_SHAPE);
    const inputs = Object.fromEntries(
      RANDOM_INPUTS.map((name): [string, PlanInput] => [
        name,
        { shape: RANDOM_SHAPE, values: Float64Array.from({ length: size }, () => numbers.integer(9) - 4) },
      ]),
    );
    await fc.assert(
      fc.asyncProperty(randomGraph, async (random) => {
        const run = await runPlanned(context, inputs, (given) => buildRandom(random, given));
        const eager = tf.tidy(() => {
          const given = Object.fromEntries(
            Object.entries(inputs).map(([name, { values }]) => [
              name,
              tf.tensor(Float32Array.from(values), [...RANDOM_SHAPE]),
            ]),
          );
          const { outputs, assign } = buildRandom(random, given);
          return [...outputs, ...Object.values(assign)].map((tensor) => tensor.dataSync<'float32'>());
        });
        expect([...run.outputs, ...run.assigned.values()].map((values) => [...values])).toEqual(
          eager.map((values) => [...values]),
        );
      }),
      { numRuns: 14, seed: 4, examples: [[READ_AGAIN], [READ_BY_PLACE]] },
    );
  });
});
