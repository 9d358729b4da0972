// A plan before anything of it is made on a device: its steps with their programs, where its values lie, and how much
// memory that takes. Needs a device's traits only, so that a plan can be judged that would not fit.
import type { Graph, ValueId } from './graph.ts';
import type { DeviceTraits, Program, Storage } from './kernel.ts';
import { layOut, type MemoryLayout } from './memory.ts';
import { prepareStep, storages, type Precision, type PreparedStep } from './programs.ts';
import { schedule, type Schedule } from './schedule.ts';

export interface PlanMemory {
  /** Bytes of the buffers that the plan's values share. */
  readonly plannedBytes: number;
  /** The same without sharing memory between values. */
  readonly uncolouredBytes: number;
  readonly buffers: number;
  /** Bytes that the plan holds besides: constants, and inputs and outputs for which it was given no memory. */
  readonly ownBytes: number;
}

/** A graph's steps, ready for the choice among their kernels' variants. */
export interface PreparedPlan {
  readonly plan: Schedule;
  readonly storageOf: (id: ValueId) => Storage;
  readonly steps: readonly PreparedStep[];
}

export interface ProgrammedStep {
  readonly step: PreparedStep;
  readonly variant: string;
  readonly program: Program;
}

export interface LaidOutPlan {
  readonly steps: readonly ProgrammedStep[];
  readonly memory: MemoryLayout;
}

export function preparePlan(graph: Graph, traits: DeviceTraits, precision: Precision): PreparedPlan {
  const plan = schedule(graph, traits.maxStorageBuffers);
  const storageOf = storages(plan, precision);
  const steps = plan.items.flatMap((item) =>
    item.kind === 'step' ? [prepareStep(plan, item.step, storageOf, traits)] : [],
  );
  return { plan, storageOf, steps };
}

/** Ways to run a step; none where there is no choice. */
export const variantsOf = ({ step, site }: PreparedStep): readonly string[] =>
  step.node?.call.variants({ ...site, variant: '' }) ?? [];

export function layOutPlan(
  { plan, storageOf, steps }: PreparedPlan,
  variantOf: (step: PreparedStep) => string,
): LaidOutPlan {
  const programs = new Map(
    steps.map((step) => {
      const variant = variantOf(step);
      return [step.step, { step, variant, program: step.program(variant) }] as const;
    }),
  );
  const memory = layOut(
    plan,
    (step) => {
      const found = programs.get(step);
      if (found === undefined) throw new RangeError('A step has no program.');
      return { stored: found.step.stored, scratchBytes: found.program.scratchBytes ?? [] };
    },
    storageOf,
  );
  return { steps: [...programs.values()], memory };
}

/** @param isGiven whether memory for this input or output comes from outside */
export function memoryFigures(memory: MemoryLayout, isGiven: (name: string) => boolean): PlanMemory {
  const { plannedBytes, uncolouredBytes, bufferBytes, roots } = memory;
  const own = roots.filter(({ external, last }) => external !== undefined && last >= 0 && !isGiven(external));
  const ownBytes = own.reduce((sum, { bytes }) => sum + bytes, 0);
  return { plannedBytes, uncolouredBytes, buffers: bufferBytes.length, ownBytes };
}

/**
 * What a graph's plan would take on a device with these traits, every kernel in its first variant.
 * @param given names of the inputs and outputs for which there is memory
 */
export function planMemory(
  graph: Graph,
  traits: DeviceTraits,
  precision: Precision = 'f32',
  given: readonly string[] = [],
): PlanMemory {
  const { memory } = layOutPlan(preparePlan(graph, traits, precision), (step) => variantsOf(step)[0] ?? '');
  return memoryFigures(memory, (name) => given.includes(name));
}
