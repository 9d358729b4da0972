// The experiment's charts as a table: every measurement of every model.
import { resultOf, type Experiment } from '../../state/experimentStore.ts';
import { readableLoss } from '../charts/readableNumber.ts';
import { formatCount } from '../formatNumber.ts';
import table from '../table.module.css';
import { measuredSteps } from './experimentPlot.ts';
import { VARIANT_LOOKS } from './variantLooks.ts';

export function ExperimentTable({ experiment }: { readonly experiment: Experiment }) {
  const points = VARIANT_LOOKS.map(
    ({ id }) => new Map(resultOf(experiment, id).points.map((point) => [point.step, point])),
  );
  return (
    <div className={table.box} role="region" aria-label="Table of the experiment" tabIndex={0}>
      <table className={table.table}>
        <caption>Losses in nats: comparable validation loss, then mean training loss since the row before</caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            {VARIANT_LOOKS.map(({ id, short }) => (
              <th key={id} scope="col">
                {short}, comparable
              </th>
            ))}
            {VARIANT_LOOKS.map(({ id, short }) => (
              <th key={id} scope="col">
                {short}, training
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {measuredSteps(experiment).map((step) => (
            <tr key={step}>
              <th scope="row">{formatCount(step)}</th>
              {VARIANT_LOOKS.map(({ id }, at) => (
                <td key={id}>{readableLoss(points[at]?.get(step)?.comparableLoss)}</td>
              ))}
              {VARIANT_LOOKS.map(({ id }, at) => (
                <td key={id}>{readableLoss(points[at]?.get(step)?.trainingLoss ?? undefined)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
