// Finds the benches that stand beside the operations, and runs one of them.

type Tell = (line: string) => void;

const BENCHES = import.meta.glob('../../src/ops/{matMul,attention}/*.bench.ts');
const FOLDERS = { gemm: 'matMul', attention: 'attention' } as const;

/** @returns the lines it told */
export async function runKernelBench(subject: keyof typeof FOLDERS, device: GPUDevice, tell: Tell): Promise<string[]> {
  const name = FOLDERS[subject];
  const load = BENCHES[`../../src/ops/${name}/${name}.bench.ts`];
  if (load === undefined) throw new Error(`There is no bench beside the operation ${name}.`);
  const loaded: unknown = await load();
  if (!hasBench(loaded)) throw new Error(`The bench of ${name} has no function named bench.`);
  const lines: string[] = [];
  await loaded.bench(device, (line) => {
    lines.push(line);
    tell(line);
  });
  return lines;
}

const hasBench = (loaded: unknown): loaded is { bench: (device: GPUDevice, tell: Tell) => Promise<void> } =>
  typeof loaded === 'object' && loaded !== null && 'bench' in loaded && typeof loaded.bench === 'function';
