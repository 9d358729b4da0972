// The architecture in one line: positions, norms and activation always, the rest where it is not GPT-3's dense way.
import type { ModelConfig } from '../../config/runConfig.ts';
import {
  ACTIVATION_CHOICES,
  NORM_CHOICES,
  PLACEMENT_CHOICES,
  POSITION_CHOICES,
  PREDICTION_CHOICES,
  SUMMARY_COPY,
} from './modelCopy.ts';

export function architectureSummary(model: ModelConfig): string {
  const { nHead, nKeyValueHead, band, norm } = model;
  const parts = [
    POSITION_CHOICES[model.positions].short,
    PLACEMENT_CHOICES[model.normPlacement].short,
    norm === 'layer' ? '' : NORM_CHOICES[norm].short,
    ACTIVATION_CHOICES[model.activation].short,
    band === 0 ? '' : SUMMARY_COPY.band(band),
    model.causal ? '' : SUMMARY_COPY.noMask,
    nKeyValueHead === 0 || nKeyValueHead === nHead ? '' : SUMMARY_COPY.sharedHeads(nHead, nKeyValueHead),
    model.prediction === 'every' ? '' : PREDICTION_CHOICES[model.prediction].short,
    model.tiedOutput ? '' : SUMMARY_COPY.untied,
    model.biases ? '' : SUMMARY_COPY.noBiases,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
