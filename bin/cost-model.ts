/** What a deployment costs a month, from stated prices and assumptions: bin/cost.json. */
import data from './cost.json' with { type: 'json' };

export type CostData = typeof data;
type Tier = CostData['tiers'][number];

/** USD a month, by what it is paid for. */
export type Bill = Record<
  'runners' | 'addresses' | 'rows' | 'queues' | 'requests' | 'watching' | 'keys' | 'files',
  number
>;

export interface TierCost {
  sessions: number;
  runners: number;
  size: string;
  /** Without a single message. */
  idle: Bill;
  bill: Bill;
  /** Without Fargate Spot. */
  onDemandTotal: number;
}

/** What alarms look at, and metrics of our own, as the stack has them: tests/infra/cost.ts counts. */
export const WATCHED = { alarmMetrics: 26, customMetrics: 10 };

const SECONDS_PER_HOUR = 3_600;

export function total(bill: Bill): number {
  return Object.values(bill).reduce((sum, usd) => sum + usd, 0);
}

/** The two items that cost most, biggest first. */
export function dominant(bill: Bill): [keyof Bill, keyof Bill] {
  const sorted = (Object.keys(bill) as (keyof Bill)[]).sort((a, b) => bill[b] - bill[a]);
  return [sorted[0] as keyof Bill, sorted[1] as keyof Bill];
}

export function costOf(data: CostData, tier: Tier, watched: typeof WATCHED): TierCost {
  const runners = runnersFor(data, tier);
  const idle = billOf(data, tier, runners, watched, 0);
  const bill = billOf(data, tier, runners, watched, data.traffic.messagesPerDay);
  const onDemand = billOf({ ...data, spotPercent: 0 }, tier, runners, watched, data.traffic.messagesPerDay);
  return {
    sessions: tier.sessions,
    runners,
    size: `${tier.cpu / 1024} vCPU, ${tier.memoryMiB / 1024} GB`,
    idle,
    bill,
    onDemandTotal: total(onDemand),
  };
}

function runnersFor({ runner }: CostData, { sessions, cpu, memoryMiB }: Tier): number {
  const byMemory = (memoryMiB - runner.baseMiB) / runner.mibPerSession;
  const byCpu = (cpu / 1024) * runner.sessionsPerVcpu;
  return Math.max(2, Math.ceil(sessions / Math.floor(Math.min(byMemory, byCpu))) + 1);
}

function billOf(
  { prices, runner, traffic, idle, hoursPerMonth, spotPercent }: CostData,
  tier: Tier,
  runners: number,
  watched: typeof WATCHED,
  messagesPerDay: number,
): Bill {
  const seconds = hoursPerMonth * SECONDS_PER_HOUR;
  const minutes = seconds / 60;
  const messages = tier.sessions * messagesPerDay * traffic.daysPerMonth;
  const sent = messages * traffic.sentShare;
  const received = messages - sent;
  const events = sent * traffic.eventsPerSent + received * traffic.eventsPerReceived;
  const calls = sent * traffic.apiCallsPerSent;

  const heartbeats = runners * seconds * runner.heartbeatsPerSecond;
  const looks = runners * seconds * runner.looksPerSecond;
  const readUnitsPerLook = readUnits(runners * runner.runnerRowKb) + readUnits(tier.shards * runner.shardRowKb);
  const readUnitsPerMinute =
    tier.shards * (runner.sweepUnitsPerShardPerMinute + idle.reconcileReadUnitsPerShard) +
    (tier.sessions * idle.residentReadUnitsPerSessionPerHour) / 60 +
    idle.reconcileReadUnits +
    idle.webhookSweepReadUnits;
  const writes =
    heartbeats +
    sent * traffic.writeUnitsPerSent +
    received * traffic.writeUnitsPerReceived +
    events * traffic.writeUnitsPerDelivery;
  const reads = looks * readUnitsPerLook + minutes * readUnitsPerMinute + messages * traffic.readUnitsPerMessage;
  const keptGb =
    (messages * traffic.keptKbPerMessage * traffic.keptMonths + tier.sessions * idle.storedKbPerSession) / 1e6;

  const polls = (tier.shards + idle.lambdaQueues * idle.pollersPerQueue) * (seconds / runner.longPollSeconds);
  const gbSeconds =
    (calls * traffic.apiMsPerCall * traffic.apiMiB +
      events * traffic.workerMsPerEvent * traffic.workerMiB +
      idle.schedulesPerMinute * minutes * idle.scheduleMs * traffic.workerMiB) /
    1e3 /
    1024;
  const invocations = calls + events * 2 + idle.schedulesPerMinute * minutes;
  // The first one is never on Spot.
  const onSpot = Math.round(((runners - 1) * spotPercent) / 100);
  const filesGb = (messages * traffic.fileShare * traffic.fileKb) / 1e6;

  return {
    runners:
      (runners - onSpot * prices.fargateSpotDiscount) *
      hoursPerMonth *
      ((tier.cpu / 1024) * prices.fargateArmVcpuHour + (tier.memoryMiB / 1024) * prices.fargateArmGbHour),
    addresses: runners * hoursPerMonth * prices.publicIpv4Hour,
    rows:
      (writes * prices.dynamoWritePerMillion + reads * prices.dynamoReadPerMillion) / 1e6 +
      keptGb * (prices.dynamoStorageGb + prices.dynamoRestoreGb),
    queues:
      ((polls + messages * traffic.sqsRequestsPerMessage) * prices.sqsPerMillion + events * prices.snsPerMillion) / 1e6,
    requests:
      (calls * prices.httpApiPerMillion + invocations * prices.lambdaRequestPerMillion) / 1e6 +
      gbSeconds * prices.lambdaArmGbSecond +
      (calls / 1e4) * prices.cloudFrontPerTenThousand,
    watching:
      (idle.logGb + (messages * traffic.logKbPerMessage) / 1e6) * prices.logsGb +
      Math.max(0, watched.alarmMetrics - prices.freeAlarmMetrics) * prices.alarmMetric +
      Math.max(0, watched.customMetrics - prices.freeCustomMetrics) * prices.customMetric +
      Math.max(0, idle.dashboards - prices.freeDashboards) * prices.dashboard,
    keys:
      idle.kmsKeys * prices.kmsKey + idle.secrets * prices.secret + (tier.sessions / 1e4) * prices.kmsPerTenThousand,
    files: filesGb * prices.s3Gb + (filesGb + (messages * traffic.egressKbPerMessage) / 1e6) * prices.egressGb,
  };
}

/** Of a consistent read of so much. */
function readUnits(kb: number): number {
  return Math.max(1, Math.ceil(kb / 4));
}

/** The table of DEPLOY.md. */
export function costTable(data: CostData, watched: typeof WATCHED): string {
  const usd = (value: number) => (value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US'));
  const rows = data.tiers.map((tier) => {
    const { sessions, runners, size, idle, bill, onDemandTotal } = costOf(data, tier, watched);
    const all = total(bill);
    const most = dominant(bill).map((name) => `${name} ${Math.round((bill[name] / all) * 100)} %`);
    const cells = [
      sessions.toLocaleString('en-US'),
      `${runners} × ${size}`,
      usd(total(idle)),
      usd(all),
      (all / sessions).toFixed(2),
      usd(onDemandTotal),
      most.join(', '),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| sessions | runners | idle | 100 messages a day each | a session | without Spot | dominated by |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
