import { Balancer } from '../balancer/balancer.ts';
import type { BalancerSettings } from '../balancer/balancer_settings.ts';
import type { Host, HostHealth } from '../balancer/host.ts';
import { PLAIN_LOAD_BALANCER, SOLE_CALLER } from '../balancer/load_balancer.ts';
import { type BeliefCause, causeBits } from '../core/belief_cause.ts';
import type { Instance } from '../core/instance.ts';
import { type Key, numberedKeys } from '../core/key.ts';
import type { LoadReport } from '../core/load_report.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Random } from '../core/random.ts';
import type { CheckedHealth } from '../health/checks/check_rules.ts';
import type { HealthCheckSettings } from '../health/checks/settings.ts';
import type { Connector } from '../health/connections/connector.ts';
import type { PassiveHealth, PassivePorts } from '../health/passive.ts';
import { isPass, type Probe, type ProbeVerdict } from '../health/probe.ts';
import type { Discovery, Snapshot, Subscription } from '../registry/discovery.ts';
import type { CallId } from './calls.ts';
import { HostChecks } from './host_checks.ts';
import { type HostConnections, hostConnectionsOf } from './host_connections.ts';
import { type CausedDetector, type DetectorMakers, hostDetectorsOf } from './host_detectors.ts';
import { type CausedPassive, hostPassivesOf, type JudgePassively } from './host_passives.ts';
import { HostVerdicts, type VerdictObserver } from './host_verdicts.ts';
import { heardBy, noticingSends, observedByChecks } from './listeners.ts';
import { MergeWindow } from './merge_window.ts';
import { queueTimeoutOf, type RequestPolicy } from './request_policy.ts';
import { type AttemptObserver, Router, type RouterOptions } from './router.ts';

/** What an upstream tells whoever watches it, at the moment it happens. */
export interface UpstreamObserver extends AttemptObserver, VerdictObserver {
  onView(host: Host, inView: boolean): void;
  onPickable(host: Host, pickable: boolean): void;
  onPanic(panic: boolean): void;
  onProbe(instance: Instance, verdict: ProbeVerdict): void;
}

export interface UpstreamOptions
  extends Omit<RouterOptions, 'balancer'>,
    Pick<BalancerSettings, 'strategy'>,
    Partial<Pick<BalancerSettings, 'loadBalancer' | 'place' | 'workers' | 'common' | 'keyText' | 'probeLoad'>> {
  readonly service: string;
  readonly discovery: Discovery;
  /** The streams of checks, of passive health and of the strategy are forked from it. */
  readonly random: Random;
  /** null: hosts are healthy from the start. */
  readonly healthCheck: { readonly settings: HealthCheckSettings; readonly probe: Probe } | null;
  /** Health learnt from the requests themselves, by outlier detection: its removals are ejections. Absent: none. */
  readonly passive?: ((ports: PassivePorts) => PassiveHealth) | null;
  /** The same by failure accrual, which may stand beside it. */
  readonly accrual?: ((ports: PassivePorts) => PassiveHealth) | null;
  /** Word of who is alive by heartbeats, or by gossip. Absent: none. */
  readonly detectors?: DetectorMakers;
  /** How connections are made, where `loadBalancer.connections` has them kept; needed there. */
  readonly connector?: Connector | null;
  /**
   * Whether a host that is no longer a member stays until its check fails, as Envoy keeps hosts that are gone from EDS
   * (BaseDynamicClusterImpl::updateDynamicHostList): a control plane that forgets them takes down nobody who is well.
   * Without a health check it has no effect. Default: false.
   */
  readonly keepsHealthyAbsent?: boolean;
  readonly observer: UpstreamObserver;
}

/**
 * One caller's live view of one service: discovery, balancer, health and router joined. Both the simulator and a
 * production service drive exactly this.
 */
export class Upstream {
  private readonly observer: UpstreamObserver;
  private readonly balancer: Balancer;
  private readonly router: Router;
  /** null: there are none, hosts are healthy from the start. */
  private readonly checks: HostChecks | null;
  private readonly passives: readonly CausedPassive[];
  private readonly detectors: readonly CausedDetector[];
  private readonly window: MergeWindow | null;
  private readonly verdicts: HostVerdicts;
  /** null: connections are no matter. */
  private readonly connections: HostConnections | null;
  /** By slot. */
  private readonly hosts: Host[] = [];
  /** By slot: the weight that passive health was last told of. */
  private readonly weights: number[] = [];
  /** Who has left amid the change of the view that is under way. */
  private readonly gone: Host[] = [];
  /** Whose health has turned amid it; null: there is none. */
  private turned: Host[] | null = null;
  private readonly keepsHealthyAbsent: boolean;
  /** Of the newest version; some hosts may be kept beside them. */
  private members: readonly Instance[] = [];
  private readonly subscription: Subscription;
  /** The causes that speak against a host that is new: checks and detectors to which it has yet to show that it is well. */
  private readonly unshown: number;
  /**
   * Envoy makes all host sets anew whenever a check or an ejection changes, also of a host that something else speaks
   * against (ClusterImplBase::setHealthChecker, setOutlierDetector).
   */
  private readonly renews: boolean;
  private hadTraffic = false;
  /** How many hosts can be picked, and whether some can since requests that wait were last told. */
  private pickable = 0;
  private moreArePickable = false;
  /** What the version being applied rests on: see `Snapshot.evidenceAtMs`. */
  private versionEvidenceAtMs = 0;
  private versionUnhealthy: Snapshot['unhealthy'];

  constructor(options: UpstreamOptions) {
    const { clock, observer, healthCheck } = options;
    this.observer = observer;
    this.keepsHealthyAbsent = (options.keepsHealthyAbsent ?? false) && healthCheck !== null;
    this.checks =
      healthCheck &&
      new HostChecks({
        ...healthCheck,
        clock,
        random: options.random.fork('checks'),
        onProbe: (...said) => this.onProbe(...said),
        onChecked: (...said) => this.onChecked(...said),
        hadTraffic: () => this.hadTraffic,
        together: () => this.balancer.members.length,
      });
    this.detectors = hostDetectorsOf(options.detectors ?? {}, clock, options.random, (slot, ...said) =>
      this.judge(this.hosts[slot], ...said),
    );
    this.connections = hostConnectionsOf(options, {
      verdicts: () => this.verdicts,
      onState: (host, bad, evidenceAtMs) => this.judge(host, 'connection', bad, evidenceAtMs),
      onTurn: () => this.letWaitingGo(),
    });
    const unchecked = this.checks?.startGood === false ? causeBits.activeCheck : 0;
    this.unshown = this.detectors
      .filter(({ detector }) => !detector.trustsUnheard)
      .reduce((bits, { cause }) => bits | causeBits[cause], unchecked | (this.connections?.unshown ?? 0));
    const loadBalancer = options.loadBalancer ?? PLAIN_LOAD_BALANCER;
    const { updateMergeWindowMs } = loadBalancer;
    const deliver = (priority: number): void => {
      this.balancer.letThrough(priority);
      this.letWaitingGo();
    };
    // gRPC merges nothing: a connection that is lost is not picked any more.
    const merges = updateMergeWindowMs > 0 && this.connections === null;
    this.window = merges ? new MergeWindow(clock, updateMergeWindowMs, deliver) : null;
    this.balancer = new Balancer({
      strategy: options.strategy,
      loadBalancer,
      gate: this.window,
      place: options.place ?? SOLE_CALLER,
      workers: options.workers ?? 1,
      clock,
      random: options.random.fork('strategy'),
      common: options.common ?? options.random.fork('common'),
      keyText: options.keyText ?? numberedKeys,
      probeLoad: options.probeLoad ?? null,
      initiallyHealthy: this.connections === null ? this.unshown === 0 : this.connections.trustsIdle,
      redispatches: (options.request.redispatch ?? 0) !== 0,
      connectionPorts: this.connections?.ports ?? null,
      observer: {
        onAdded: (host) => this.onAdded(host),
        onRemoved: (host) => this.onRemoved(host),
        onPickable: (host, pickable) => this.onPickable(host, pickable),
        onPanic: (panic) => observer.onPanic(panic),
      },
    });
    this.verdicts = new HostVerdicts(observer);
    this.renews = healthCheck?.settings.system === 'envoy';
    const judge: JudgePassively = (slot, ...said) => this.judge(this.hosts[slot], ...said);
    this.passives = [
      ...hostPassivesOf('ejection', options.passive, clock, options.random.fork('passive'), judge),
      ...hostPassivesOf('accrual', options.accrual, clock, options.random.fork('accrual'), judge),
    ];
    this.router = new Router({
      ...options,
      request: withQueueTimeout(options),
      balancer: this.balancer,
      failFast: options.loadBalancer?.whenNobodyReady ?? null,
      observer: this.listening(options),
      onSendInVain: ({ slot }) => {
        for (const { health } of this.passives) health.abandoned?.(slot);
      },
    });
    this.subscription = options.discovery.watch(options.service, (snapshot) => this.onSnapshot(snapshot));
  }

  /** Sends an opened call on its way. Its final answer may come before this returns. */
  start(call: CallId, key: Key, worker = 0): void {
    this.router.start(call, key, worker);
    this.letWaitingGo();
  }

  /** The transport's word that the host has accepted the attempt: its connect timeout no longer counts. */
  accept(call: CallId): void {
    this.router.accept(call);
  }

  /** The transport's word how the attempt under way ended, with what the host said of its load. Retries it, or ends the call. */
  settle(call: CallId, outcome: Outcome, report: LoadReport | null = null): void {
    this.router.settle(call, outcome, report);
    this.letWaitingGo();
  }

  /** An answer of that host asks to fail it at once (x-envoy-immediate-health-check-fail): its check does, by Envoy's rules. */
  failAtOnce(host: Host, sentAtMs: number): void {
    this.checks?.get(host)?.failAtOnce(sentAtMs);
  }

  /** Leaves: no more snapshots, no more checks. Calls under way go on to their end. */
  close(): void {
    this.subscription.close();
    this.window?.close();
    this.checks?.close();
    for (const { health } of this.passives) health.close();
    for (const { detector } of this.detectors) detector.close();
    this.connections?.close();
    this.balancer.close();
  }

  // Membership and health. Order of reports: view, belief, pickable.

  private onSnapshot(snapshot: Snapshot): void {
    const { evidenceAtMs, instances, unhealthy } = snapshot;
    this.versionEvidenceAtMs = evidenceAtMs;
    this.versionUnhealthy = unhealthy;
    this.members = instances;
    const judge = (): void => {
      for (const host of this.balancer.members) {
        this.judge(host, 'registry', unhealthy?.has(host.instance.id) === true, evidenceAtMs);
      }
    };
    this.update(unhealthy === undefined ? null : judge, false);
    this.window?.listed(this.checks === null ? 0 : instances.length);
  }

  /** Whoever is to be in view now: see `Balancer.update`. */
  private update(judge: (() => void) | null, continues: boolean): void {
    const turned: Host[] = [];
    this.turned = turned;
    this.balancer.update(this.withHealthyAbsent(this.members), judge, continues);
    this.renewReweighed();
    this.turned = null;
    this.router.waiting.line.membersChanged(this.gone.splice(0));
    for (const host of turned) this.router.waiting.line.turned(host);
    this.letWaitingGo();
  }

  /** Tells passive health of the hosts that weigh something else. */
  private renewReweighed(): void {
    for (const { slot, instance } of this.balancer.members) {
      if (this.weights[slot] === instance.weight) continue;
      this.weights[slot] = instance.weight;
      for (const { health } of this.passives) health.renew?.(slot);
    }
  }

  private judge(host: Host, cause: BeliefCause, bad: boolean, evidenceAtMs: number, probing = false): void {
    const healthy = this.verdicts.judge(host, cause, bad, evidenceAtMs, probing);
    this.believe(host, { healthy }, cause, this.renews && cause === 'ejection');
    this.letWaitingGo();
  }

  private believe(host: Host, health: Partial<HostHealth>, cause: BeliefCause, renews: boolean): void {
    const before = host.latest.healthy;
    this.balancer.setHealth(host, { ...health, ...this.connections?.healthOf(host) }, cause, renews);
    if (host.latest.healthy === before) return;
    if (this.turned === null) this.router.waiting.line.turned(host);
    else this.turned.push(host);
  }

  /** The members, and after them whoever is none any more but was not found bad by its check or the registry. */
  private withHealthyAbsent(instances: readonly Instance[]): readonly Instance[] {
    if (!this.keepsHealthyAbsent) return instances;
    const present = new Set(instances.map(({ id }) => id));
    const lets = causeBits.activeCheck | causeBits.registry;
    const kept = this.balancer.members.filter(
      (host) => !present.has(host.instance.id) && this.verdicts.clears(host, lets),
    );
    return kept.length === 0 ? instances : [...instances, ...kept.map(({ instance }) => instance)];
  }

  /** Its check has failed: a host that is no member goes, in the same change (EdsClusterImpl::reloadHealthyHostsHelper). */
  private letGo(host: Host): void {
    if (!this.keepsHealthyAbsent || this.members.some(({ id }) => id === host.instance.id)) return;
    this.update(null, true);
  }

  private onPickable(host: Host, pickable: boolean): void {
    this.pickable += pickable ? 1 : -1;
    if (pickable) this.moreArePickable = true;
    this.observer.onPickable(host, pickable);
  }

  /**
   * After changes: requests that wait for anyone are picked for, where somebody can be picked who could not be; those that
   * wait for a connection whatever has changed, as with each new picker in gRPC, since they may have to end.
   */
  private letWaitingGo(): void {
    if (this.turned !== null) return;
    const isReady = this.moreArePickable && this.pickable > 0;
    this.moreArePickable = false;
    if (isReady) this.router.waiting.someoneIsReady();
    else if (this.connections !== null) this.router.waiting.pickAgain();
  }

  private onAdded(host: Host): void {
    const { slot, instance } = host;
    this.hosts[slot] = host;
    this.weights[slot] = instance.weight;
    // Who comes as unhealthy was never believed in.
    const passing = this.versionUnhealthy?.has(instance.id) !== true;
    this.verdicts.add(host, passing ? this.unshown : this.unshown | causeBits.registry, causeBits.activeCheck);
    this.observer.onView(host, true);
    if (passing) this.observer.onVerdict?.(host, 'registry', true, this.versionEvidenceAtMs);
    if (this.checks?.startGood) {
      this.observer.onVerdict?.(host, 'activeCheck', true, this.versionEvidenceAtMs);
    }
    for (const { cause, health } of this.passives) {
      this.observer.onVerdict?.(host, cause, true, this.versionEvidenceAtMs);
      health.add(slot, instance.priority ?? 0);
    }
    for (const { cause, detector } of this.detectors) {
      if (detector.trustsUnheard) this.observer.onVerdict?.(host, cause, true, this.versionEvidenceAtMs);
      detector.add(slot, instance);
    }
    if (this.connections?.unshown === 0) this.observer.onVerdict?.(host, 'connection', true, this.versionEvidenceAtMs);
    this.connections?.add(host);
    if (this.verdicts.believes(host)) this.observer.onBelief(host, true, 'registry', this.versionEvidenceAtMs);
    this.checks?.start(host);
  }

  private onChecked(host: Host, evidenceAtMs: number, { healthy, degraded, excluded }: CheckedHealth): void {
    // A host that fails its checks may be un-ejected unnoticed; then it is the check that finds it well.
    if (healthy && !this.verdicts.clears(host, causeBits.activeCheck)) {
      this.checkPassed(host.slot);
      this.balancer.checkPassed(host);
    }
    // Not where it fails as before.
    const renews = this.renews && (healthy || this.verdicts.clears(host, causeBits.activeCheck));
    const serves = this.verdicts.judge(host, 'activeCheck', !healthy, evidenceAtMs);
    this.believe(host, { healthy: serves, degraded, excluded }, 'activeCheck', renews);
    if (!healthy) this.letGo(host);
    this.letWaitingGo();
  }

  private onProbe(instance: Instance, verdict: ProbeVerdict, host: Host | undefined): void {
    this.observer.onProbe(instance, verdict);
    this.window?.checked();
    if (host === undefined) return;
    const passes = isPass(verdict);
    if (passes && this.verdicts.clears(host, causeBits.activeCheck)) this.checkPassed(host.slot);
    const isNews = !passes && this.connections?.awaits(host, 'activeCheck');
    if (isNews) this.judge(host, 'activeCheck', true, this.versionEvidenceAtMs);
  }

  private checkPassed(slot: number): void {
    for (const { health } of this.passives) health.checkPassed(slot);
  }

  /** Whoever watches attempts, and what else listens to them. */
  private listening({ observer, healthCheck, calls }: UpstreamOptions): AttemptObserver {
    const { checks } = this;
    const heard = this.passives.reduce<AttemptObserver>((outer, { health }) => heardBy(health, calls, outer), observer);
    const settings = healthCheck?.settings;
    if (checks !== null && settings?.system === 'haproxy' && settings.observe !== null) {
      return observedByChecks(checks, calls, heard);
    }
    if (settings?.system !== 'envoy' || settings.noTrafficIntervalMs === undefined) return heard;
    const onSend = (): void => {
      this.hadTraffic = true;
    };
    return noticingSends(onSend, heard);
  }

  private onRemoved(host: Host): void {
    this.gone.push(host);
    this.checks?.stop(host);
    for (const { health } of this.passives) health.remove(host.slot);
    for (const { detector } of this.detectors) detector.remove(host.slot);
    this.connections?.remove(host);
    this.observer.onView(host, false);
    this.verdicts.remove(host, this.versionEvidenceAtMs);
  }
}

function withQueueTimeout({ request, strategy, loadBalancer }: UpstreamOptions): RequestPolicy {
  if (strategy.traits.limits !== 'queues') return request;
  return { ...request, queueTimeoutMs: queueTimeoutOf(request, loadBalancer?.queue?.timeoutMs ?? null) };
}
