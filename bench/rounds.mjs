// Contestants take turns, round by round, and what they found becomes figures. Who cannot go on is out, and said to be.
// @ts-check
import { figure, percent, range, ratioOf, spreadOf } from './figures.mjs';

/**
 * @typedef {import('./contestants/contestant.ts').Engine} Engine
 * @typedef {import('./contestants/contestant.ts').Shape} Shape
 * @typedef {import('./contestants/contestant.ts').TrainingOpening} TrainingOpening
 * @typedef {import('./contestants/contestant.ts').TrainingTurn} TrainingTurn
 * @typedef {import('./contestants/contestant.ts').WritingTurn} WritingTurn
 * @typedef {import('./results.mjs').BenchRecord} BenchRecord
 * @typedef {import('./results.mjs').Circumstances} Circumstances
 */

/** @typedef {{ engine: Engine, host: import('./hosts/process.mjs').Host }} Contestant */

export const say = (/** @type {string} */ line) => console.log(line);
export const sentence = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error));

/**
 * Something that was to be measured and could not be is an error, but no reason not to measure the rest.
 * @param {string} what
 * @param {unknown} error
 */
export function fail(what, error) {
  console.error(`${what} could not be measured: ${sentence(error)}`);
  process.exitCode = 1;
}

/**
 * Everyone's turn in every round, those first in one round being last in the next. Who fails is out.
 * @template T
 * @param {Contestant[]} contestants
 * @param {string} call
 * @param {number} rounds
 * @param {(engine: Engine, turn: T) => void} onTurn
 * @returns {Promise<Map<Engine, T[]>>} the turns of those who took all
 */
async function takeTurns(contestants, call, rounds, onTurn) {
  /** @type {Map<Engine, T[]>} */
  const turns = new Map(contestants.map(({ engine }) => [engine, []]));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const { engine, host } of order) {
      const taken = turns.get(engine);
      if (taken === undefined) continue;
      try {
        const turn = await host.call(call);
        taken.push(turn);
        onTurn(engine, turn);
      } catch (error) {
        fail(engine, error);
        turns.delete(engine);
      }
    }
  }
  return turns;
}

/**
 * @param {Contestant[]} contestants
 * @param {string} call
 * @returns {Promise<{ opened: Contestant[], openings: Map<Engine, any> }>} those that could be opened
 */
async function openAll(contestants, call) {
  const openings = new Map();
  for (const { engine, host } of contestants) {
    try {
      openings.set(engine, await host.call(call));
    } catch (error) {
      fail(engine, error);
    }
  }
  return { opened: contestants.filter(({ engine }) => openings.has(engine)), openings };
}

/** @typedef {{ circumstances: Circumstances, shape: Shape, dtype: 'f32' | 'f16', rounds: number }} Common */

/**
 * @param {Contestant[]} contestants
 * @param {Common} common
 * @returns {Promise<BenchRecord[]>}
 */
export async function measureTraining(contestants, common) {
  const { opened, openings } = await openAll(contestants, 'openTraining');
  /** @type {Map<Engine, TrainingTurn[]>} */
  const turns = await takeTurns(opened, 'train', common.rounds, (engine, { steps, msPerStep, loss }) =>
    say(`  ${engine}: ${figure(msPerStep)} ms per step (${steps} steps, loss ${loss.toFixed(2)})`),
  );
  const { batch, context } = common.shape;
  const stepsMs = (/** @type {Engine} */ engine) => (turns.get(engine) ?? []).map(({ msPerStep }) => msPerStep);
  const planMs = stepsMs('plan');
  /** @type {import('./results.mjs').TrainingRecord['engines']} */
  const engines = {};
  for (const [engine, taken] of turns) {
    /** @type {TrainingOpening} */
    const { device: _, ...opening } = openings.get(engine);
    const { flopsPerStep } = opening;
    const gemms = taken.flatMap(({ gemmGigaflops }) => gemmGigaflops ?? []);
    const rates = flopsPerStep === undefined ? [] : taken.map(({ msPerStep }) => flopsPerStep / (msPerStep * 1e6));
    engines[engine] = {
      opening,
      tokensPerSecond: spreadOf(stepsMs(engine).map((ms) => (1000 * batch * context) / ms)),
      msPerStep: spreadOf(stepsMs(engine)),
      submitMs: spreadOf(taken.map(({ submitMs }) => submitMs)),
      ...(rates.length > 0 && { gigaflops: spreadOf(rates) }),
      ...(gemms.length > 0 && { gemmGigaflops: spreadOf(gemms), shareOfGemm: ratioOf(rates, gemms) }),
      ...(engine !== 'plan' && planMs.length > 0 && { timesSlower: ratioOf(stepsMs(engine), planMs) }),
    };
  }
  const share = engines.plan?.shareOfGemm;
  if (share) say(`  plan: ${percent(share.median)} of the rate of its best matrix product`);
  // Without the plan there is nothing that the others' figures could be compared with.
  return engines.plan ? [{ kind: 'training', ...common, adapter: openings.get('plan').device, engines }] : [];
}

/**
 * @param {Contestant[]} contestants
 * @param {Common} common
 * @returns {Promise<BenchRecord[]>}
 */
export async function measureWriting(contestants, common) {
  const { opened, openings } = await openAll(contestants, 'openWriting');
  /** @type {Map<Engine, WritingTurn[][]>} */
  const turns = await takeTurns(opened, 'write', common.rounds, (engine, all) =>
    say(`  ${engine}: ${all.map(({ samples, cached }) => `${figure(cached)} tokens/s (${samples})`).join(', ')}`),
  );
  /** @type {import('./results.mjs').WritingRecord['engines']} */
  const engines = {};
  for (const [engine, rounds] of turns) {
    const counts = (rounds[0] ?? []).map(({ samples }) => samples);
    engines[engine] = Object.fromEntries(
      counts.map((samples, i) => {
        const taken = rounds.flatMap((all) => all[i] ?? []);
        const [cached, whole] = [taken.map((turn) => turn.cached), taken.map((turn) => turn.whole)];
        return [samples, { cached: spreadOf(cached), whole: spreadOf(whole), ratio: ratioOf(cached, whole) }];
      }),
    );
    for (const [samples, { ratio }] of Object.entries(engines[engine] ?? {})) {
      say(`  ${engine}, ${samples} at once: ${range(ratio)} × as fast as from the whole context`);
    }
  }
  return engines.plan ? [{ kind: 'writing', ...common, adapter: openings.get('plan').device, engines }] : [];
}
