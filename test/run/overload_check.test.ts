import { expect, it } from 'vitest';
import { fakeScenario, fakeTrial } from '../helpers/fake_report.ts';
import { fakeStudy } from '../helpers/fake_study.ts';

/** What is said of a crash above so many waiting requests, where queues hold so many. */
async function said(queueAbove: number, queues: number[]): Promise<string> {
  const plain = fakeTrial('ring');
  const trial = {
    ...plain,
    instances: queues.map((queue, i) => ({ ...plain.instances[0], id: `i-${i}`, queue })),
    faults: [
      {
        action: { kind: 'crash' },
        target: { kind: 'instances', indexes: [0] },
        when: { kind: 'overload', queueAbove, repair: null },
      },
    ],
  } as const;
  const { warnings } = await fakeStudy(fakeScenario([{ strategy: 'ring', trial }], { replications: 2 }), () => ({}));
  return warnings.map(({ cause }) => cause).join('\n');
}

it('warns of an overload that no queue is long enough for', async () => {
  expect(await said(50, [10, 50])).toContain(
    'faults.0 crashes above 50 waiting requests, and no queue holds more than 50',
  );
  expect(await said(49, [10, 50])).not.toContain('waiting requests');
  expect(await said(50, [Infinity])).not.toContain('waiting requests');
});
