import type { Distribution } from '../../sim/config.ts';
import { EDS, type EdsSettings } from '../../sim/registries/eds/settings.ts';
import { block, optional } from '../blocks.ts';
import type { Form } from '../form.ts';
import { trueOrFalse } from '../scalars.ts';
import { formatDuration } from '../units.ts';
import { kindField } from './kinds.ts';
import { time } from './times.ts';

export function edsForm(distribution: Form<Distribution>): Form<EdsSettings> {
  const fields = {
    kind: kindField('eds'),
    debounceAfter: time(EDS.debounceAfterMs, 'How long nothing must have changed for the control plane to push.', {
      min: 0,
    }),
    debounceMax: time(
      EDS.debounceMaxMs,
      'At the latest, it pushes this long after the first change it has not pushed.',
      { min: 0 },
    ),
    pushLag: optional(distribution, null, 'From a push to an Envoy that has it.', '0s'),
    ignoreHealthOnHostRemoval: optional(
      trueOrFalse(),
      EDS.ignoreHealthOnHostRemoval,
      'Whether a host that is no longer a member is removed although its check passes.',
      String(EDS.ignoreHealthOnHostRemoval),
    ),
  };
  return block('an eds registry', fields, {
    check: ({ debounceAfter, debounceMax }, site) => {
      if (debounceAfter === undefined || debounceMax === undefined || debounceAfter <= debounceMax) return;
      const message = `expected debounceMax to be at least debounceAfter, found ${formatDuration(debounceMax)}`;
      site.report(site.has('debounceMax') ? 'debounceMax' : 'debounceAfter', message, 'raise debounceMax');
    },
    make: (values) => ({
      kind: values.kind,
      debounceAfterMs: values.debounceAfter,
      debounceMaxMs: values.debounceMax,
      pushLag: values.pushLag,
      ignoreHealthOnHostRemoval: values.ignoreHealthOnHostRemoval,
    }),
  });
}
