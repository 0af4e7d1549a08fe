/** What a scenario may name, for those who list it or check a name against it. */
export { strategies } from '../balancer/strategies/index.ts';
export { subsettings } from '../balancer/subsetting/index.ts';
export { accruals } from '../health/accrual/index.ts';
export { detectors } from '../health/heartbeat/index.ts';
export { metrics } from '../metrics/catalogue.ts';
export { faultDescriptors, faultMoments } from '../sim/faults/kinds.ts';
