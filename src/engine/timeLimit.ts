// Work that may never answer, such as a driver that hangs: its promise is given up after a while.

/** @throws Error with this sentence if the work has not ended by then; it is left to itself */
export async function withinMs<T>(limitMs: number, sentence: string, work: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const given = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(sentence)), limitMs);
  });
  try {
    return await Promise.race([work(), given]);
  } finally {
    clearTimeout(timer);
  }
}
