// The experiment's figures as CSV text: one line per model and measurement.
import { resultOf, type Experiment } from '../../state/experimentStore.ts';

const HEADER =
  'model,step,tokens,training_loss_nats,comparable_validation_loss_nats,perplexity,learning_rate,parameters,seed';

/** Lines end in CR LF (RFC 4180); a training loss before the first step is an empty field. */
export function experimentCsv(experiment: Experiment): string {
  const { variants, plan } = experiment;
  const lines = variants.flatMap(({ id, config }) =>
    resultOf(experiment, id).points.map(({ step, trainingLoss, comparableLoss }) =>
      [
        id,
        step,
        step * plan.tokensPerStep,
        trainingLoss === null ? '' : field(trainingLoss),
        field(comparableLoss),
        field(Math.exp(comparableLoss)),
        config.training.learningRate,
        plan.parameterCounts.find(({ variant }) => variant === id)?.count ?? '',
        config.seed,
      ].join(','),
    ),
  );
  return `${[HEADER, ...lines].join('\r\n')}\r\n`;
}

/** Seven significant digits: what a 32-bit float holds. */
const field = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(7))) : '');
