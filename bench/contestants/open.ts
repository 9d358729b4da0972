// Makes the contestant that is asked for. Each engine is loaded only where it is used: two copies of TensorFlow.js in
// one process would share what they register.
import type { Contestant, Settings, Surroundings } from './contestant.ts';

export async function openContestant(settings: Settings, surroundings: Surroundings): Promise<Contestant> {
  const { engine } = settings;
  switch (engine) {
    case 'plan':
    case 'reference':
    case 'wasm':
      return (await import('./glassbox.ts')).glassbox(settings, surroundings);
    case 'genai':
      return (await import('../peers/genai.ts')).genai(settings, surroundings);
    default:
      return engine satisfies never;
  }
}
