// How text that nobody chose settings for is sampled: the diary's, the judge's and the experiment's alike.

/** Close to the model's own distribution, without its far tail. */
export const DIARY_SAMPLING = { temperature: 0.8, topK: 0, topP: 0.95 } as const;
