import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import data from '../../bin/cost.json' with { type: 'json' };
import { costOf, costTable, total, WATCHED } from '../../bin/cost-model.ts';
import { LAMBDA_METRICS } from '../../functions/metrics.ts';
import { ROOT } from '../../lib/constructs/bundles.ts';
import { ENV } from '../../lib/core/config.ts';
import { DELIVERY_SHARDS } from '../../lib/core/model/webhook.ts';
import { RESIDENTS_MS } from '../../lib/core/usecases/reconcile-fleet.ts';
import { EMF_METRICS } from '../../runner/emf.ts';
import { GLANCE_MS } from '../../runner/later.ts';
import { MEMBERSHIP_TIMING } from '../../runner/membership.ts';
import { OUTBOX_SWEEP_MS } from '../../runner/outbox-sweeper.ts';
import { OWNERSHIP_TIMING } from '../../runner/ownership.ts';
import { LONG_POLL_SECONDS, SWEEP_MS } from '../../runner/shards.ts';
import { type Properties, standardStacks } from './support.ts';

const made = standardStacks();

const tier = (sessions: number) => {
  const found = data.tiers.find((one) => one.sessions === sessions);
  return costOf(data, found as (typeof data.tiers)[number], WATCHED);
};

describe('what it costs', () => {
  it('is in DEPLOY.md as npm run cost reckons it', () => {
    const text = readFileSync(join(ROOT, 'DEPLOY.md'), 'utf8');
    const [, table] = /<!-- cost -->\n([\s\S]*?)\n<!-- \/cost -->/.exec(text) ?? [];
    expect(table, 'npm run cost -- --write').toBe(costTable(data, WATCHED));
  });

  it('is at most 30 USD a month for ten idle sessions, and 0.40 USD a session for a thousand at work', () => {
    expect(total(tier(10).idle)).toBeLessThanOrEqual(30);
    expect(total(tier(1_000).bill) / 1_000).toBeLessThanOrEqual(0.4);
    expect(total(tier(10_000).bill) / 10_000).toBeLessThanOrEqual(0.4);
  });

  it('reckons with what the code does', () => {
    const { runner, idle } = data;
    const perMinute = (ms: number) => 60_000 / ms;
    // Half a unit each: none of them is a consistent read.
    const sweeps = (perMinute(SWEEP_MS) + perMinute(OUTBOX_SWEEP_MS) + perMinute(GLANCE_MS)) / 2;
    expect(runner.sweepUnitsPerShardPerMinute).toBe(sweeps);
    expect(runner.heartbeatsPerSecond).toBe(1_000 / MEMBERSHIP_TIMING.beatMs);
    expect(runner.looksPerSecond).toBeGreaterThanOrEqual(1_000 / OWNERSHIP_TIMING.lookMs);
    expect(runner.longPollSeconds).toBe(LONG_POLL_SECONDS);
    expect(idle.residentReadUnitsPerSessionPerHour).toBeGreaterThanOrEqual(3_600_000 / RESIDENTS_MS / 2);
    expect(idle.webhookSweepReadUnits).toBe(DELIVERY_SHARDS / 2);
  });

  it('counts what the stack has', () => {
    const alarms = made.of('AWS::CloudWatch::Alarm').map(({ properties }) => properties);
    const watched = alarms.flatMap(({ Metrics }) =>
      Metrics ? (Metrics as Properties[]).filter(({ MetricStat }) => MetricStat) : [{}],
    );
    expect(watched).toHaveLength(WATCHED.alarmMetrics);
    const counted = Object.values(LAMBDA_METRICS).flat().length;
    expect(made.of('AWS::Logs::MetricFilter').length + counted + EMF_METRICS.length).toBe(WATCHED.customMetrics);
    const reconcile = made.of('AWS::Lambda::Function').find(({ id }) => id.startsWith('Reconcile'));
    const [service] = made.of('AWS::ECS::Service');
    expect(service?.properties.CapacityProviderStrategy).toEqual([
      { CapacityProvider: 'FARGATE', Base: 1, Weight: 100 - data.spotPercent },
      { CapacityProvider: 'FARGATE_SPOT', Weight: data.spotPercent },
    ]);
    const { baseMiB, mibPerSession, sessionsPerVcpu } = data.runner;
    expect(reconcile?.properties.Environment.Variables[ENV.sessionsPerRunner]).toBe(
      String(Math.floor(Math.min((512 - baseMiB) / mibPerSession, 0.25 * sessionsPerVcpu))),
    );
    expect(made.of('AWS::SecretsManager::Secret')).toHaveLength(data.idle.secrets);
    expect(made.of('AWS::KMS::Key')).toHaveLength(data.idle.kmsKeys);
    expect(made.of('AWS::CloudWatch::Dashboard')).toHaveLength(data.idle.dashboards);
    expect(made.of('AWS::Lambda::EventSourceMapping')).toHaveLength(data.idle.lambdaQueues);
    expect(made.of('AWS::Events::Rule')).toHaveLength(data.idle.schedulesPerMinute);
    const [task] = made.of('AWS::ECS::TaskDefinition');
    // With 40 sessions 242 MiB are beside the heap and 50 in a health check (npm run task): all of it fits.
    expect(task?.properties.ContainerDefinitions[0].Environment).toContainEqual({
      Name: 'NODE_OPTIONS',
      Value: '--max-old-space-size=204 --max-semi-space-size=16',
    });
    const [smallest] = data.tiers;
    expect(task?.properties).toMatchObject({ Cpu: `${smallest?.cpu}`, Memory: `${smallest?.memoryMiB}` });
    expect(made.of('AWS::SQS::Queue').filter(({ id }) => /Commands\d/.test(id))).toHaveLength(smallest?.shards ?? 0);
  });
});
