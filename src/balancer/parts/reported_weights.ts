import type { LoadReport } from '../../core/load_report.ts';
import type { Host } from '../host.ts';
import { PerHost } from './per_host.ts';

/** How weights come about from what hosts report. Times in milliseconds. */
export interface WeightRules {
  readonly flavor: 'grpc' | 'envoy';
  /** How long a host must have been reporting before its weight counts. */
  readonly blackoutPeriod: number;
  /** How long a weight counts after the report it comes from. */
  readonly weightExpirationPeriod: number;
  /** What the share of errors adds to the utilization, as a multiple. */
  readonly errorUtilizationPenalty: number;
}

/** Where a host's numbers are among its own. */
const WEIGHT = 0;
/** When its blackout began, with the first report since it joined, was connected anew or its weight expired; and whether it has. */
const SINCE = 1;
const REPORTING = 2;
/** When its last usable report came. */
const LAST = 3;

/** Envoy keeps weights as unsigned 32-bit numbers. */
const MOST_WEIGHT = 2 ** 32 - 1;

/**
 * What hosts weigh by their own reports: qps / (utilization + errors per second / qps x penalty).
 *
 * gRPC uses reports with qps and utilization above 0. Envoy adds the penalty first, so a host that reports errors and
 * no utilization has a weight as well, and cuts weights down to whole numbers. A host that left and came back starts
 * anew, as after a reconnection.
 * Sources: gRPC proposal A58; grpc-java WeightedChildLbState; Envoy OrcaLoadReportHandler, ClientSideHostLbPolicyData.
 */
export class ReportedWeights {
  /** What `weigh` found, and for when it is asked: handed over in arrays, since a double that a call takes or gives is an object. */
  readonly weight = new Float64Array(1);
  readonly asOf = new Float64Array(1);
  private readonly rules: WeightRules;
  private readonly state = new PerHost(4);

  constructor(rules: WeightRules) {
    this.rules = rules;
  }

  /** Takes in a report that came `asOf` a time. */
  observe(host: Host, report: LoadReport): void {
    if (!this.weighBy(report)) return;
    const now = this.asOf[0];
    const at = this.state.at(host);
    const { values } = this.state;
    values[at + WEIGHT] = this.weight[0];
    values[at + LAST] = now;
    if (values[at + REPORTING] !== 0) return;
    values[at + REPORTING] = 1;
    values[at + SINCE] = now;
  }

  /** gRPC: the host is connected anew, and its next report begins a blackout. `forgets`: what it weighed is no longer known. */
  beginAgain(host: Host, forgets: boolean): void {
    const at = this.state.at(host);
    const { values } = this.state;
    values[at + REPORTING] = 0;
    if (forgets) values[at + WEIGHT] = 0;
  }

  /** Puts into `weight` what the host weighs `asOf` a time, or -1 where that is not known. Once expired, its next report begins a blackout. */
  weigh(host: Host): void {
    const { weight } = this;
    const now = this.asOf[0];
    weight[0] = -1;
    const { blackoutPeriod, weightExpirationPeriod, flavor } = this.rules;
    const at = this.state.at(host);
    const { values } = this.state;
    const isReporting = values[at + REPORTING] !== 0;
    if (!isReporting && (flavor === 'envoy' || values[at + WEIGHT] === 0)) return;
    const age = now - values[at + LAST];
    const inBlackout = blackoutPeriod > 0 && (!isReporting || now - values[at + SINCE] < blackoutPeriod);
    // gRPC looks at the age first and lets go of a weight at the period, Envoy after it.
    if (flavor === 'envoy' && inBlackout) return;
    if (age > weightExpirationPeriod || (age === weightExpirationPeriod && flavor === 'grpc')) {
      values[at + REPORTING] = 0;
      return;
    }
    if (!inBlackout) weight[0] = values[at + WEIGHT];
  }

  /** Puts into `weight` what the report comes to; false where it says too little. */
  private weighBy({ qps, utilization, errorsPerSecond }: LoadReport): boolean {
    if (!(qps > 0)) return false;
    const { flavor, errorUtilizationPenalty } = this.rules;
    const penalized = utilization + (errorsPerSecond / qps) * errorUtilizationPenalty;
    if (!((flavor === 'grpc' ? utilization : penalized) > 0)) return false;
    const weight = qps / penalized;
    this.weight[0] = flavor === 'grpc' ? weight : Math.min(Math.trunc(weight), MOST_WEIGHT);
    return true;
  }
}
