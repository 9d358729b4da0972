// What a generation has written so far: after its prompt, after a text that is kept, or in place of one sample while the
// others of the generation before stay.
import type {
  BeamNode,
  GeneratedToken,
  GenerationResult,
  GenerationSettings,
  PreviewToken,
  TextEnd,
  TextEndTokens,
} from '../protocol/messages.ts';
import type { Generation, Lead } from './generationStore.ts';

/** A text on screen from which a generation goes on. */
export interface Origin {
  readonly promptTokens: readonly PreviewToken[];
  readonly promptBefore: number;
  /** What is kept after the prompt. */
  readonly kept: readonly GeneratedToken[];
  /** The sample that is written anew while the others of the last generation stay; undefined where all are new. */
  readonly sample: number | undefined;
}

export class TextsInProgress {
  /** What the engine is asked for. */
  readonly request: GenerationSettings;
  readonly #origin: Origin | undefined;
  readonly #isSearch: boolean;
  /** The sample that is the engine's first. */
  readonly #first: number;
  #promptTokens: readonly PreviewToken[];
  #promptBefore: number;
  #samples: GeneratedToken[][];
  #leads: Lead[];
  #ends: (TextEnd | null)[];
  readonly #nodes: BeamNode[] = [];
  #hypotheses: GenerationResult['hypotheses'] = [];
  #written = 0;
  #hasBegun = false;

  /** @param before the generation on screen, whose other samples stay where `origin` names one */
  constructor(settings: GenerationSettings, origin: Origin | undefined, before: Generation | undefined) {
    const others = origin?.sample === undefined ? undefined : before;
    const kept = origin?.kept ?? [];
    this.#origin = origin;
    this.#isSearch = settings.method === 'beam';
    this.#promptTokens = origin?.promptTokens ?? [];
    this.#promptBefore = origin?.promptBefore ?? 0;
    this.#first = others ? (origin?.sample ?? 0) : 0;
    const isNew = (sample: number): boolean => others === undefined || sample === this.#first;
    // A search has one text until its end: what it goes on from.
    const count = this.#isSearch ? 1 : (others?.samples.length ?? settings.samples);
    const places = Array.from({ length: count }, (_, sample) => sample);
    this.#samples = places.map((sample) => [...(isNew(sample) ? kept : (others?.samples[sample] ?? []))]);
    this.#leads = places.map((sample) => others?.leads[sample] ?? { text: '', tokens: kept.length });
    this.#ends = places.map((sample) => (isNew(sample) ? null : (others?.ends[sample] ?? null)));
    this.request = {
      ...settings,
      ...(others && { samples: 1 }),
      ...(origin && { promptTokens: [...origin.promptTokens, ...kept].map(({ id }) => id) }),
    };
  }

  /** Whether anything has come from the engine. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Tokens that have come, or nodes of a search. */
  get written(): number {
    return this.#written;
  }

  begin({ tokens, before }: TextEndTokens, text: string): void {
    this.#hasBegun = true;
    const origin = this.#origin;
    if (origin === undefined) [this.#promptTokens, this.#promptBefore] = [tokens, before];
    const lead = { text, tokens: origin?.kept.length ?? 0 };
    const isNew = (sample: number): boolean => origin?.sample === undefined || sample === this.#first;
    this.#leads = this.#leads.map((old, sample) => (isNew(sample) ? lead : old));
  }

  add(sample: number, token: GeneratedToken): void {
    this.#hasBegun = true;
    this.#samples[this.#first + sample]?.push(token);
    this.#written++;
  }

  addStep(nodes: readonly BeamNode[]): void {
    this.#nodes.push(...nodes);
    this.#written += nodes.length;
  }

  end({ ends, hypotheses }: GenerationResult): void {
    if (!this.#isSearch) {
      ends.forEach((end, sample) => {
        this.#ends[this.#first + sample] = end;
      });
      return;
    }
    const kept = this.#origin?.kept ?? [];
    const lead = this.#leads[0] ?? { text: '', tokens: kept.length };
    this.#hypotheses = hypotheses;
    this.#samples = hypotheses.map(({ tokens }) => [...kept, ...tokens]);
    this.#leads = hypotheses.map(() => lead);
    this.#ends = [...ends];
  }

  /** A copy as it is now. */
  shown(): Pick<Generation, 'promptTokens' | 'promptBefore' | 'samples' | 'leads' | 'ends' | 'beams'> {
    return {
      promptTokens: this.#promptTokens,
      promptBefore: this.#promptBefore,
      samples: this.#samples.map((tokens) => [...tokens]),
      leads: this.#leads,
      ends: [...this.#ends],
      beams: this.#isSearch ? { nodes: [...this.#nodes], hypotheses: this.#hypotheses } : undefined,
    };
  }
}
