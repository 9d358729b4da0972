// The experiment's charts as a table: every measurement of every model.
import { resultOf, type Experiment } from '../../state/experimentStore.ts';
import { readableLoss } from '../charts/readableNumber.ts';
import { formatCount } from '../formatNumber.ts';
import table from '../table.module.css';
import { TABLE_COPY } from './experimentCopy.ts';
import { measuredSteps } from './experimentPlot.ts';
import { VARIANT_LOOKS } from './variantLooks.ts';

export function ExperimentTable({ experiment }: { readonly experiment: Experiment }) {
  const points = VARIANT_LOOKS.map(
    ({ id }) => new Map(resultOf(experiment, id).points.map((point) => [point.step, point])),
  );
  return (
    <div className={table.box} role="region" aria-label={TABLE_COPY.table} tabIndex={0}>
      <table className={table.table}>
        <caption>{TABLE_COPY.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{TABLE_COPY.step}</th>
            {VARIANT_LOOKS.map(({ id, short }) => (
              <th key={id} scope="col">
                {TABLE_COPY.comparable(short)}
              </th>
            ))}
            {VARIANT_LOOKS.map(({ id, short }) => (
              <th key={id} scope="col">
                {TABLE_COPY.training(short)}
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
