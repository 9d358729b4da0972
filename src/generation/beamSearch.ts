// Beam search: the texts a model finds most probable, searched side by side from cached keys and values; or, at a
// temperature, texts drawn without replacement (stochastic beams).
import type { Exclusive } from '../engine/exclusive.ts';
import type { LanguageModel } from '../model/languageModel.ts';
import type { BeamNode, TextEnd } from '../protocol/messages.ts';
import { Random } from '../random/random.ts';
import { bestCandidates, NO_TOKENS, type BeamSums, type Candidate } from './beamCandidates.ts';
import { endAfter, shownRow, type EndSettings } from './generate.ts';
import { RollingReader } from './rollingReader.ts';
import type { RankedToken, SamplingSettings } from './sampling.ts';
import { EMPTY_TAIL, type TextTail } from './stopStrings.ts';

/** At temperature 0 the search is for the best scores, and cuts (top-k, top-p, min-p) change nothing. */
export interface BeamSettings extends SamplingSettings, EndSettings {
  /** Hypotheses that are followed at once; at most the vocabulary. */
  readonly beamWidth: number;
  /** α ≥ 0 of the length penalty; 0 means off. GPT-3 uses 0.6 (§2.4). */
  readonly lengthPenalty: number;
  /** How many texts are returned; at most the width. */
  readonly samples: number;
  readonly seed: number;
}

/** As the page sees it, but for what a tokenizer says of its token. */
export type UnlabelledNode = Omit<BeamNode, 'text' | 'endOfText'>;

export interface BeamToken {
  readonly id: number;
  readonly logProbability: number;
  readonly alternatives: readonly RankedToken[];
}

export interface Hypothesis {
  /** Its last token's node. */
  readonly node: number;
  readonly tokens: readonly BeamToken[];
  readonly score: number;
  /** The model's own log-probability of all tokens. */
  readonly logProbability: number;
  /** Undefined where the search was left before its end. */
  readonly end: TextEnd | undefined;
}

export interface BeamStep {
  /** What was kept and, as many again, what came next; best first. */
  readonly nodes: readonly UnlabelledNode[];
  /**
   * The texts, if the search ended here; after the last step they are the result. The best score first; stochastic
   * beams in the order drawn.
   */
  readonly hypotheses: readonly Hypothesis[];
}

interface Beam extends BeamSums {
  readonly node: number;
  readonly score: number;
  readonly tokens: readonly BeamToken[];
  /** The prompt too. */
  readonly text: readonly number[];
  readonly tail: TextTail;
  readonly end: TextEnd | undefined;
}

/** A hypothesis that is followed, and from which row of logits its last token was chosen. */
interface Followed {
  readonly row: number;
  readonly beam: Beam;
}

type Contender = Candidate &
  Pick<Beam, 'score'> &
  Pick<BeamToken, 'alternatives'> & {
    readonly parent: Beam;
    readonly row: number;
  };

/** ((5 + length) / 6)^α (Wu et al. 2016, eq. 14). @param length tokens written, end-of-text included */
export const lengthPenaltyOf = (length: number, alpha: number): number => ((5 + length) / 6) ** alpha;

/**
 * Continues a prompt by beam search. Every step extends all hypotheses by every token and keeps the best `beamWidth`;
 * those that end leave room for others. It stops when nothing is left to follow, or when no text still followed could
 * come among the best `beamWidth` that have ended. With stochastic beams (Kool et al. 2019) an ended text keeps its room.
 * @param prompt ids; if empty, the model starts as after an end-of-text token
 * @throws RangeError if the beam is wider than the vocabulary or narrower than what it is to return
 */
export async function* searchBeams(
  model: LanguageModel,
  prompt: Int32Array,
  endOfText: number,
  settings: BeamSettings,
  exclusive: Exclusive,
): AsyncGenerator<BeamStep> {
  const { beamWidth, samples, maxTokens } = settings;
  requireWidth(beamWidth, samples, model.vocabSize);
  if (maxTokens < 1) return;
  const beams = new Beams([...prompt], endOfText, settings);
  const reader = await RollingReader.open(model, prompt.length > 0 ? [...prompt] : [endOfText], beamWidth, exclusive);
  try {
    for (;;) {
      yield beams.advance(await reader.read());
      const next = beams.next();
      if (next === undefined) return;
      reader.branch(next.parents, next.tokens);
    }
  } finally {
    reader.dispose();
  }
}

/** The hypotheses of a search, from step to step. */
class Beams {
  readonly #promptLength: number;
  readonly #endOfText: number;
  readonly #settings: BeamSettings;
  readonly #isStochastic: boolean;
  readonly #random: Random;
  #live: readonly Followed[];
  #ended: readonly Beam[] = [];
  #nodes = 0;

  constructor(prompt: readonly number[], endOfText: number, settings: BeamSettings) {
    this.#promptLength = prompt.length;
    this.#endOfText = endOfText;
    this.#settings = settings;
    this.#isStochastic = settings.temperature > 0;
    this.#random = new Random(settings.seed, 0);
    const beginning = { node: 0, score: 0, tokens: [], text: prompt, tail: EMPTY_TAIL, end: undefined };
    this.#live = [{ row: 0, beam: { ...beginning, ...NO_TOKENS } }];
  }

  /** @param rows logits after each hypothesis that is followed; rows beyond them count for nothing */
  advance(rows: readonly ArrayLike<number>[]): BeamStep {
    const { beamWidth, samples } = this.#settings;
    const contenders = this.#live
      .flatMap(({ beam }, row) => this.#extended(beam, row, rows[row] ?? []))
      .toSorted((a, b) => b.key - a.key);
    if (this.#isStochastic) {
      const ended = this.#ended;
      this.#ended = ended.filter(({ key }) => higher(key, contenders) + higher(key, ended) < beamWidth);
    }
    const room = this.#isStochastic ? beamWidth - this.#ended.length : beamWidth;
    const shown = contenders.slice(0, 2 * beamWidth).map((contender) => ({ ...contender, node: ++this.#nodes }));
    const kept = shown.slice(0, room).map((contender) => ({ row: contender.row, beam: this.#grown(contender) }));
    this.#live = kept.filter(({ beam }) => beam.end === undefined);
    this.#ended = [...this.#ended, ...kept.map(({ beam }) => beam).filter(({ end }) => end !== undefined)];
    if (!this.#isStochastic) this.#ended = bestScored(this.#ended).slice(0, beamWidth);
    const texts = [...this.#ended, ...this.#live.map(({ beam }) => beam)];
    const ranked = this.#isStochastic ? texts.toSorted((a, b) => b.key - a.key) : bestScored(texts);
    return {
      nodes: shown.map(({ node, parent, id, ofToken, score }, rank) => ({
        id: node,
        parent: parent.node,
        token: id,
        logProbability: ofToken,
        score,
        kept: rank < room,
        finished: kept[rank]?.beam.end?.reason ?? null,
      })),
      hypotheses: ranked.slice(0, samples),
    };
  }

  /** How to go on: for each place, which place of the last rows it follows and with which token; undefined at the end. */
  next(): { readonly parents: number[]; readonly tokens: number[] } | undefined {
    const { beamWidth, maxTokens, lengthPenalty } = this.#settings;
    const [first] = this.#live;
    if (first === undefined) return undefined;
    const worst = this.#ended[beamWidth - 1];
    // Log-probabilities only fall: at best a text loses nothing more, and grows to where the penalty divides most.
    const bound = first.beam.searched / lengthPenaltyOf(maxTokens, lengthPenalty);
    if (!this.#isStochastic && worst !== undefined && bound <= worst.score) return undefined;
    // Places without a hypothesis follow the first one.
    const places = Array.from({ length: beamWidth }, (_, place) => this.#live[place] ?? first);
    return {
      parents: places.map(({ row }) => row),
      tokens: places.map(({ beam }) => beam.text.at(-1) ?? this.#endOfText),
    };
  }

  #extended(parent: Beam, row: number, logits: ArrayLike<number>): Contender[] {
    const settings = this.#settings;
    const { logProbabilities, alternatives } = shownRow(logits);
    const expansion = { logits, logProbabilities, text: parent.text };
    const penalty = lengthPenaltyOf(parent.tokens.length + 1, settings.lengthPenalty);
    return bestCandidates(parent, expansion, settings, 2 * settings.beamWidth, this.#random).map((candidate) => {
      const score = candidate.searched / penalty;
      return { ...candidate, parent, row, score, alternatives };
    });
  }

  #grown({ node, parent, id, ofToken, alternatives, score, ...sums }: Contender & Pick<Beam, 'node'>): Beam {
    const text = [...parent.text, id];
    const tokens = [...parent.tokens, { id, logProbability: ofToken, alternatives }];
    const { tail, end } = endAfter(text, this.#promptLength, parent.tail, this.#endOfText, this.#settings);
    const { searched, logProbability, drawn, key } = sums;
    return { node, score, tokens, text, tail, end, searched, logProbability, drawn, key };
  }
}

const bestScored = (beams: readonly Beam[]): Beam[] => beams.toSorted((a, b) => b.score - a.score);

/** How many have a higher key. */
const higher = (key: number, others: readonly BeamSums[]): number => others.filter((other) => other.key > key).length;

function requireWidth(beamWidth: number, samples: number, vocabSize: number): void {
  if (!Number.isInteger(beamWidth) || beamWidth < 1 || beamWidth > vocabSize) {
    const nearest = Math.min(vocabSize, Math.max(1, Math.round(beamWidth) || 1));
    throw new RangeError(`A beam of ${beamWidth} does not fit a vocabulary of ${vocabSize}: choose ${nearest}.`);
  }
  if (samples > beamWidth) {
    throw new RangeError(`A beam of ${beamWidth} cannot return ${samples} texts: choose ${beamWidth}.`);
  }
}
